import sys

value = 3
print(input("name? "), value)
for line in sys.stdin:
    print(repr(line))
try:
    input()
except EOFError as error:
    print("EOF", error)
