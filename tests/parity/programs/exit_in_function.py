value = 3


def leave():
    try:
        exit(value)
    finally:
        print("finally")


leave()
