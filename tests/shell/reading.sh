# Scripts on standard input.
echo 'head -n 0; echo read
echo and this' | sh
echo 'exit 3; echo no' | sh; echo $?
echo 'echo $1 $#' | sh -s arg
echo 'echo "un
closed' | sh; echo $?
echo -n 'echo no line end' | sh
: | sh; echo $?
