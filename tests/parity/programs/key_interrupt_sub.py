# live
value = 3
class K(KeyboardInterrupt): pass
try:
    raise K(value)
finally:
    print("finally")
