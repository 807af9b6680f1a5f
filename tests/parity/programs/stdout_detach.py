import sys, io
value = 3
b = sys.stdout.detach()
sys.stdout = io.TextIOWrapper(b, encoding="utf-16")
print("é", value)
