value = 3


def level(n):
    if n == 0:
        return [1, 2, 3][value * 10]
    return level(
        n - 1,
    )


print("before")
level(4)
