value = 3
print("no line end", value, open(__file__).read()[-3:])