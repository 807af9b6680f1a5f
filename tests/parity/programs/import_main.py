import importlib
import sys

value = 3
import __main__

print(__main__ is sys.modules["__main__"], __main__.value)
try:
    importlib.reload(__main__)
except Exception as error:
    print(type(error).__name__, error)
