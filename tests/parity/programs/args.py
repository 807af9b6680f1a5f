import sys

value = 3
print(sys.argv, value, sys.orig_argv[1:])
