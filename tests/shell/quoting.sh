# Quotes, backslashes and comments.
echo 'single $HOME "double" \ # no comment' # a comment
echo "double 'single' \$HOME \" \z" '' "" end
echo a\ b\;c \' \" \\ x#y
echo "two
lines" and\
 joined
echo 'it'"'"'s' a""b "$nothing" ''
# a line of comment alone

  echo   many    blanks   
