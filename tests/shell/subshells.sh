# ( ) and { }: what changes the shell and what does not.
x=1; (x=2; echo $x); echo $x
x=1; { x=2; }; echo $x
(exit 3); echo $?
(exit 3) || echo failed
(echo a; (echo b; (echo c)))
( false; true ) && echo last
{ false; } || echo group
(for i in 1 2; do echo $i; exit 6; done); echo $?
[ $$ -eq $(echo $$) ] && (echo $$ | wc -w)
