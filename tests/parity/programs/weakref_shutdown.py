import weakref

value = 3


class Thing:
    def __del__(self):
        print("deleted", value)


thing = Thing()
weakref.finalize(thing, print, "finalized")
other = Thing()
other.self = other
print("end")
