# ; && || ! and what $? is after each.
true && echo yes || echo no
false && echo yes || echo no
true || echo never; echo always
! false && echo negated
! true; echo $?
false; echo $?; echo $?
true &&
  echo joined after a line end
false ||
  # a comment between

  echo here too
false && true || false; echo $?
true && false || true; echo $?
