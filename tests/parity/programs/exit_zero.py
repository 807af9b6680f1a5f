import sys

value = 3
print("leaving", value)
sys.exit()
