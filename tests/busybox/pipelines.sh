# Pipelines, with their status; what a program writes to whom has gone.
echo one two three | wc -w
seq 1 200 | grep 7 | sort -rn | head -n 3
yes | head -n 2
printf 'b\na\nb\n' | sort | uniq -c | sed 's/^ *//'
echo abc | tr a-c A-C | rev
seq 1 20000 | md5sum
false | true; echo $?
true | false; echo $?
seq 1 5 | while read n; do echo "n=$n"; done
{ echo out; echo err >&2; } 2>&1 | sort
echo x | (read a; echo "got $a")
