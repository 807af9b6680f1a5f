value = 3
for i in range(value + 3):
    print(input("name? "))
