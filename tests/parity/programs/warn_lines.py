import warnings
value = 3
warnings.warn("hello")
def f(): warnings.warn("deep", DeprecationWarning, stacklevel=2)
f()
warnings.warn_explicit("ex", UserWarning, __file__, 3)
x = 1 if value is 3 else 2
assert (value, "x")
s = "\d"
for _ in range(2):
    warnings.warn("same")
