value = 3
print("""a
b""", value)
if value:
    raise ValueError(value)
