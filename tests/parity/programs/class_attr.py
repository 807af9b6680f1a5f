value = 3
class C:
    value = 1
    def f(self, value=value): return value
def g(value=2): value = 9; return value
print(C.value, C().f(), g(), [value for value in range(2)], value)
