value = 3
def f(**k): raise KeyError(k)
f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb=value, cccccccccccccccccccccc=[1 for _ in range(3)], ddddddddd="é" * 3)
