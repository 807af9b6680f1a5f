value = 3


def numbers():
    try:
        for n in range(value):
            yield n
    finally:
        print("closed")


for n in numbers():
    print(n)
    if n == 1:
        break
keep = numbers()
print(next(keep))
