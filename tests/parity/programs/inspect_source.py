import inspect
import sys

value = 3


def function(a, b=1):
    # a comment
    return a + b


class Klass:
    def method(self):
        return value


print(inspect.getsource(function), inspect.getsource(Klass), inspect.signature(function))
print(inspect.getsourcefile(Klass) == __file__, inspect.getmodule(function).__name__)
print(inspect.getsourcelines(Klass.method), inspect.getfile(sys.modules["__main__"]) == __file__)
print(value)
