import dis, sys
value = 3
def f(a): return a + value
dis.dis(f)
print(f.__code__.co_firstlineno, list(f.__code__.co_lines()))
fr = sys._getframe()
print(fr.f_code.co_name, fr.f_lineno, fr.f_back, fr.f_code.co_flags, fr.f_code.co_qualname if hasattr(fr.f_code, "co_qualname") else "", fr.f_code.co_firstlineno)
