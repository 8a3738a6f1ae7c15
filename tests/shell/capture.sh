# $(...).
echo $(echo a; echo b) "$(echo a; echo b)"
x=$(echo "in  side")
echo "$x" $x
y=$(false); echo $?
y=$(exit 5) ; echo $?
y=before; echo $(y=inside; echo $y) $y
echo "$(echo "nested $(echo "deep ) ( $(echo down)")")"
echo "[$(:)]" $(:) "[$(echo; echo; echo x; echo; echo)]"
echo $(yes | head -n 1000 | wc -l)
z=$(yes 0123456 | head -n 4096); echo ${#z}
for i in $(echo 1 2 3); do echo -n $i,; done; echo
$(echo echo) run
a=1 b=$(echo $a)2; echo $b
if [ $(echo 2) -eq 2 ]; then echo eq; fi
