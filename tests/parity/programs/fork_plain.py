# live
import os

value = 3
print("before")
if os.fork() == 0:
    print("child", value)
    os._exit(0)
os.wait()
print("parent", value)
