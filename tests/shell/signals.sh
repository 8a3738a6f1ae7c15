# Commands that signals end.
sh -c 'kill -TERM $$'; echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill -s HUP $$'; echo $?
sh -c 'kill -SEGV $$; echo not reached'; echo $?
sh -c 'kill -0 $$'; echo $?
sleep 100 & kill $!; wait $!; echo $?
sleep 100 & kill -KILL $!; wait $!; echo $?
sleep 100 & sleep 0.1; kill -INT $!; sleep 0.1; kill -0 $! && echo background ignores INT; kill $!; wait $!; echo $?
kill -0 99999999 || echo nobody
kill -l 9; kill -l 143
yes | sh -c 'exit 0'; echo $?
