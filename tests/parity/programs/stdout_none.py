import sys, os
value = 3
print("a")
sys.stdout = None
print("b")
sys.stdout = sys.__stdout__
sys.stdout.close()
print("x") if value == 7 else None
