import enum
import pickle
import typing

value = 3


class Color(enum.Enum):
    RED = value


class Pair(typing.NamedTuple):
    a: int
    b: Color


def function():
    pass


data = pickle.dumps([Color.RED, Pair(1, Color.RED), function, Pair])
print(data)
print(pickle.loads(data)[:2])
