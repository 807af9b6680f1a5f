rows = 3
with open("data.csv", "w") as file:
    for row in range(rows):
        file.write(f"{row},{row * row}\n")
print("rows:", rows)
