import sys

value = 3


class Model:
    size = value


main = sys.modules["__main__"]
print(Model.__module__, Model.__qualname__, main.Model is Model, main.Model.size)
print(main.__dict__ is globals(), main.__name__)
