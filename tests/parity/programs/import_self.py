print("running as", __name__)
value = 3
if __name__ == "__main__":
    import import_self

    print(value, import_self.__name__ in __import__("sys").modules)
