# Here-documents, command substitution, loops, functions, arithmetic, patterns.
name=world
cat <<END
hello $name $((6 * 7)) $(echo nested $(echo deep))
END
cat <<'END' | tr a-z A-Z
as $it is
END
f() { local n=$1; [ "$n" -le 1 ] && echo 1 && return; echo $((n * $(f $((n - 1))))); }
f 10
i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 3 ] && continue; echo $i; done
for w in a b c; do case $w in a) echo first ;; [bc]) echo "later $w" ;; esac; done
set -- x 'y z'; for p in "$@"; do echo "<$p>"; done; echo $#
v=path/to/file.txt; echo ${v##*/} ${v%.txt} ${#v} ${none:-default}
read a b <<END
first and the rest
END
echo "$b, $a"
echo $(seq 1 10 | awk '{ s += $1 } END { print s }')
cat /nonesuch 2>/dev/null || echo failed
test -r /dev/null && test ! -d /dev/null && echo null
eval 'echo $name'; pwd >/dev/null && echo here
printf '%s-%03d\n' a 7
