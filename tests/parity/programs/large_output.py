value = 3
for n in range(20000):
    print("line", n, value)
print("x" * 3_000_000)
