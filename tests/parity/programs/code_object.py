import sys

value = 3
frame = sys._getframe()
code = frame.f_code
print(code.co_name, code.co_firstlineno, frame.f_lineno, frame.f_back, code.co_flags & 0x1FFFF)
print(code.co_filename.rpartition("/")[2], code.co_filename == __file__, value)
print(getattr(code, "co_qualname", "<module>"))
