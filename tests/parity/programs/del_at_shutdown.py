value = 3
class D:
    def __del__(self): print("del", value)
d = D()
print("end")
