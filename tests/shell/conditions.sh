# if, elif, else and test.
if true; then echo t; fi
if false; then echo t; else echo f; fi
if false; then echo 1; elif true; then echo 2; else echo 3; fi
if false; then echo none; fi; echo $?
if ! false; then if [ a = a ]; then echo nested; fi; fi
test a = b; echo $?
[ a != b ] && [ -n x ] && [ -z "" ] && [ ! a = b ] && echo strings
[ 3 -lt 10 ] && [ 10 -ge 10 ] && [ -1 -lt 0 ] && [ 5 -ne 6 ] && echo numbers
[ -d / ] && [ -d /bin ] && [ ! -e /nonesuch ] && [ ! -f / ] && echo files
[ "" ]; echo $?
[ ]; echo $?
test; echo $?
[ word ]; echo $?
[ ! "" ]; echo $?
[ ! ]; echo $?
[ = ]; echo $?
[ ! = ! ]; echo $?
if [ x = y ]
then
  echo wrong
else
  echo lines
fi
if false; true; then echo last counts; fi
