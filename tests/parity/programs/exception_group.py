import sys

value = 3
if sys.version_info >= (3, 11):
    raise ExceptionGroup("several", [ValueError(value), TypeError("two")])
raise ValueError(value)
