value = 3
globals()["other"] = value + 1
print(other)
for k in list(globals()):
    if k == "value": globals()[k] = 100
print(value if value != 100 else "set")
import sys; setattr(sys.modules["__main__"], "value", 5); print(value)
