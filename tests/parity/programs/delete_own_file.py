import os
value = 3
os.remove(__file__)
print("gone", value)
raise RuntimeError("x")
