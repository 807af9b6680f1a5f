value = 3
if (count := value) > 2:
    print("greater", count)
while (rest := count - value) > 0:
    pass
print(count, rest, (count := 8), count)
