import sys
value = 3
sys.stdout.reconfigure(encoding="latin-1", errors="replace", newline="\r\n")
print("é€", value)
sys.stdout.reconfigure(line_buffering=False)
print("x" * 5, end="")
