import sys

code = 3
print("going to fail", file=sys.stderr)
sys.exit(code)
