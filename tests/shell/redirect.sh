# Redirection.
cat < /dev/null; echo $?
cat < /nonesuch || echo failed
echo gone > /dev/null; echo $?
echo to error >&2
(echo out; echo err >&2) 2>&1 | wc -l
(echo out; echo err >&2) 2>/dev/null | cat
sh -c 'echo a; echo b >&2' 3>&2 2>&1 1>&3 3>&- 2>/dev/null | cat
{ echo grouped; echo lost >&2; } 2>/dev/null
for i in 1 2; do echo $i; done >/dev/null; echo $?
if true; then cat; fi < /dev/null; echo $?
exec 3>&1
echo three >&3
exec 3>&-
echo closed >&3 || echo refused
echo x 1>&2 2>/dev/null | wc -c
echo word2>/dev/null; echo next
echo 2>/dev/null word
cat <&-; echo $?
echo still here
