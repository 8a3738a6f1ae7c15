# Commands that signals end.
sh -c 'kill -TERM $$'; echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill -s HUP $$'; echo $?
sh -c 'kill -SEGV $$; echo not reached'; echo $?
sh -c 'kill -0 $$'; echo $?
sleep 100 & kill $!; wait $!; echo $?
sleep 100 & kill -KILL $!; wait $!; echo $?
{ sh -c 'echo $$; exec sleep 100' & wait $!; echo $?; } | {
    p=$(head -n 1); kill -INT $p; sleep 0.1; kill -0 $p && echo background ignores INT; kill $p; cat
}
kill -0 99999999 || echo nobody
kill -l 9; kill -l 143
yes | sh -c 'exit 0'; echo $?
