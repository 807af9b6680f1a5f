import sys

value = 3
for n in range(value):
    print("text", n, flush=True)
    sys.stdout.buffer.write(b"\xfe\xff\n")
    sys.stdout.buffer.flush()
