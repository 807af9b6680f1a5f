import sys

value = 3
print("a", end="")
print("b", end="\r")
sys.stdout.write("c\n\nd")
print(*range(value), sep="\n", end="!")
