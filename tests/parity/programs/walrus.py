if (value := 3) > 2:
    print("greater", value)
while (count := value) > 100:
    pass
print(count)
