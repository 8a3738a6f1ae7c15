# Pipes: order, status of the last member, long ones, much data, a reader that leaves.
echo a b c | wc
echo one | cat | cat | cat | cat
false | true; echo $?
true | false; echo $?
! true | false; echo $?
yes | head -3
yes abcdefg | head -n 100000 | wc -c
yes | head -n 5000 | cat | wc -l
{ echo g1; echo g2; } | wc -l
(echo s1; echo s2; (echo s3)) | cat
x=outside; echo inside | x=inner; echo $x
echo through |
  cat
for i in 1 2 3; do echo $i; done | { cat; echo end; }
echo x | while true; do cat; break; done
sh -c 'exit 3' | sh -c 'exit 4'; echo $?
: | cat; echo $?
