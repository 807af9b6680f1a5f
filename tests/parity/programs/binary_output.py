import sys

value = 3
sys.stdout.buffer.write(bytes(range(256)) * value)
sys.stdout.buffer.write(b"\r\n\x00\xff no line end")
