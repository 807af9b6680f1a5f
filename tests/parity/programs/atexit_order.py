import atexit

value = 3
for n in range(value):
    atexit.register(print, "exit", n)
print("body ends")
