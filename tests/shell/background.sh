# & and wait.
echo first & wait; echo second
sh -c 'exit 5' & wait $!; echo $?
wait; echo $?
sh -c 'exit 3' & a=$!
sh -c 'exit 4' & b=$!
wait $a; echo $?
wait $b; echo $?
wait 99999999; echo $?
(sleep 1; echo late) & echo early; wait
true && sh -c 'exit 6' & wait $!; echo $?
cat & wait; echo cat saw no input
{ echo one; echo two; } | wc -l & wait
for i in 1 2 3; do sleep 0.05 & done; wait; echo all
x=1; x=2 & wait; echo $x
false & echo $?
