# for, while, until, break, continue.
for i in a "b c" d; do echo "<$i>"; done
for i in; do echo never; done; echo empty
list="1 2 3"
for i in $list; do
  for j in x y; do
    [ $j = y ] && continue 2
    echo $i$j
  done
done
while true; do echo once; break; done
until true; do echo never; done; echo $?
n=
while [ ${#n} -lt 5 ]; do n=x$n; done; echo $n
n=
until [ ${#n} -eq 3 ]; do n=y$n; [ $n = yy ] && continue; echo $n; done
for i in 1 2 3; do for j in 1 2 3; do [ $i$j = 22 ] && break 2; echo $i$j; done; done
while false; do :; done; echo $?
for i in 1 2; do (exit $i); done; echo $?
for i in 1 2; do { echo $i; break; }; done
set -- p q "r s"
for a do echo "$a"; done
for a; do echo "$a"; done | wc -l
