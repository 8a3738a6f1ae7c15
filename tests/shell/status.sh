# Statuses, and how the shell itself ends.
# status: 9
sh -c 'exit 7'; echo $?
sh -c 'exit 256'; echo $?
sh -c 'exit 300'; echo $?
sh -c ''; echo $?
sh -c 'false'; echo $?
sh -c 'false; exit'; echo $?
nosuchcommand; echo $?
/bin/nosuchcommand; echo $?
/; echo $?
''; echo $?
sh -c 'if'; echo $?
sh -c ')'; echo $?
sh -c 'echo a; fi; echo b'; echo $?
sh -c 'true &&'; echo $?
sh -c '| cat'; echo $?
sh -c 'a ; ; b'; echo $?
sh -c 'exit 4 | exit 5'; echo $?
sh -c '${}'; echo $?
sh -c 'echo ${unset?message}; echo not reached'; echo $?
exit 9
echo not reached
