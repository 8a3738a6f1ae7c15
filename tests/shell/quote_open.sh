# A quote that does not close: status 2, and nothing ran after it.
# status: 2
echo before
echo "a
echo after
