value = 3
print("never"
