value = 3


def endless(n):
    return endless(n + value)


endless(0)
