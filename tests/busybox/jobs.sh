# Background jobs, wait, $!, signals and traps.
sleep 0.2 & wait; echo "waited $?"
(exit 3) & wait $!; echo $?
(sleep 0.1; exit 5) & a=$!
(exit 6) & b=$!
wait $b; echo $?
wait $a; echo $?
trap 'echo usr1' USR1; kill -USR1 $$; echo after
sleep 30 & kill $!; wait $!; echo $?
(kill -9 $(sh -c 'echo $PPID')) ; echo $?
trap 'echo bye' EXIT
(trap 'echo term; exit 9' TERM; sleep 5 & kill -TERM $(sh -c 'echo $PPID'); wait) ; echo $?
for i in 1 2 3; do (exit $i) & done; wait; echo "all $?"
