import shelve
value = 3
class Rec:
    def __init__(s): s.v = value
    def __repr__(s): return f"Rec({s.v})"
with shelve.open("sh") as d: d["a"] = Rec()
with shelve.open("sh") as d: print(d["a"])
