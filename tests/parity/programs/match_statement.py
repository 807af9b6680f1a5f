value = 3
match [value, "b"]:
    case [int(number), "a" | "b" as letter]:
        print(number, letter)
    case _:
        print("no")
