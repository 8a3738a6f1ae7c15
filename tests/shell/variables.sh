# Variables: set, used, split into fields, exported.
x=1 y='two words' z=
echo $x $y "[$z]" [$unset] "${x}y" $xy
two="  a   b  "
echo $two "$two" x${two}y
x=$y
echo "$x"
x=changed env | cat > /dev/null
echo "$x"
A=1 B=2 sh -c 'echo $A $B $x'
export x C=3
sh -c 'echo $x $C'
unset x
sh -c 'echo [$x]'
echo ${#two} ${unset:-default} ${two:+set} ${unset+not} ${z-empty} ${z:-colon}
echo ${unset:=assigned} $unset "${y:-"q"}" ${nope:-a b} "${nope:-"a  b"}"
echo $ "$" a$ '$'x $% 
