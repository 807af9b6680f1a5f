value = 3


def change():
    global value, made
    value += 1
    made = value * 2


change()
print(value, made)
