import atexit

value = 3


def fail():
    raise ValueError(value)


atexit.register(fail)
print("body ends")
