# $1 and its kin, set, shift.
echo $0 | wc -l
echo $# "$1"
set -- one "two three" '' four
echo $# $1 "$2" $4 "[$5]"
sh -c 'echo $# "$1" "$2" "[$3]" $0' name "$@"
sh -c 'echo $# "$1"' name "$*"
sh -c 'echo $#' name $*
sh -c 'echo $#' name x"$@"y
shift
echo $1 $#
shift 2; echo $1 $#
shift; echo $#; sh -c 'echo $#' name "$@"
set -- 1 2 3 4 5 6 7 8 9 ten eleven
echo $1 ${10} ${11} $10
sh -c 'echo $0 $1 $2' zero one two
sh -c 'set a b; echo $#$1'
