value = 3
import __main__
def f(): pass
print(sorted(__main__.__dict__))
print(list(globals()))
print(__name__, __doc__, __package__, __spec__, __cached__ if "__cached__" in globals() else None, __annotations__ if "__annotations__" in globals() else None, __builtins__)
print(type(__loader__).__name__, __loader__.name, __loader__.path == __file__, __loader__.is_package("__main__"))
print(f.__module__, f.__qualname__, f.__code__.co_filename == __file__, f.__globals__ is __main__.__dict__)
print(dir())
print(vars() is globals(), locals() is globals())
