value = 3


def main():
    print("main", value)


if __name__ == "__main__":
    main()
    value = value + 1
    print(value)
