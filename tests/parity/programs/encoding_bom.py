value = 3
print("bom: é", value)
