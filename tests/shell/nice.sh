# nice: how nice a program is, and by how much it becomes nicer
nice
nice -n 5 nice
nice nice -n 3 nice
nice -n 40 nice
nice -n 7 sh -c 'nice; nice -n 2 nice'
nice -n 1 no-such-program 2>/dev/null
echo $?
