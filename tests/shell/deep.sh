# Nesting, length and many processes.
( ( ( ( ( ( ( ( ( ( echo deep ) ) ) ) ) ) ) ) ) )
{ { { { echo braces; }; }; }; }
if true; then if true; then if true; then for i in 1; do while true; do echo in; break; done; done; fi; fi; fi
echo a | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat
n=; for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10; do n=x$n; done; done; echo ${#n}
m=; for i in 1 2 3 4 5 6 7 8 9 10; do m=$m$n$n; done; echo ${#m}; echo $m | wc -c
c=0; for i in 1 2 3 4 5 6 7 8 9 10; do true; false || true; sh -c : ; done; echo $?
true && true && true && true && true && true && true && true && false || true && echo chain
