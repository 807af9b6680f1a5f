value = 3
print(hash(value), value is value, hash((value, 1.5)))
