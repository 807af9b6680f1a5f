import __main__, sys
value = 3
print(__main__, sys.modules["__main__"] is __main__, repr(__main__))
__main__.nope
