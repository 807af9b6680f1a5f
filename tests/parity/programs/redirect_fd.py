import os, sys
value = 3
print("before", flush=True)
s = os.dup(1); f = os.open("out.txt", os.O_CREAT | os.O_WRONLY); os.dup2(f, 1)
print("in file", value, flush=True); os.system("echo sub")
os.dup2(s, 1); print("after"); print(open("out.txt").read())
