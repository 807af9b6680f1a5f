value = 3
print(value is 3 or value is 7)
print("\d")
assert (value, "always true")
