value = 3
class D:
    def __del__(self): raise ValueError("in del")
d = D()
del d
raise GeneratorExit(value)
