scale = 2
with open("data.csv") as file:
    total = sum(int(line.split(",")[1]) for line in file) * scale
print("total:", total)
