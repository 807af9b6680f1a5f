value = 3
print(list(globals()))
print(dir())
print(__name__, __package__, __spec__, __cached__, type(__loader__).__name__, __loader__.name)
print(__loader__.path == __file__, __builtins__, __loader__.get_source("__main__") is not None)
