import sys

value = 3
for n in range(value):
    print("out", n)
    print("err", n, file=sys.stderr)
sys.stderr.write("no line end")
