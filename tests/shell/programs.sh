# The programs of /bin.
echo -n no newline; echo; echo -n; echo - -n
echo one two | cat - /dev/null
cat /nonesuch; echo $?
cat /bin; echo $?
echo "a b
c" | wc
echo -n "no end" | wc -l -w
echo abc | wc -c
: | wc
yes | head -n 0 | wc -c
yes a b | head -2
yes x | head -c 5; echo
yes | head -n 2x; echo $?
ls /nonesuch; echo $?
ls -d 2>/dev/null; echo $?
env -i A=1 B=2 env
env -i sh -c 'echo [$A]'
env A=1 nosuchcommand; echo $?
sleep 0; echo $?
sleep x; echo $?
sleep 0.01 0.01s; echo $?
true; echo $?; false; echo $?
true ignored words; false ignored words; echo $?
hello
uname -x; echo $?
pmap; echo $?
mq; echo $?
