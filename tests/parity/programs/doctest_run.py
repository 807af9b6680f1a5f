"""
>>> double(2)
4
>>> double(3)
7
"""
import doctest

value = 3


def double(x):
    """
    >>> double(value) == 2 * value
    True
    """
    return 2 * x


if __name__ == "__main__":
    print(doctest.testmod())
