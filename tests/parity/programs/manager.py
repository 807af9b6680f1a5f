import multiprocessing as mp
value = 3
class Thing:
    def __init__(self): self.v = value
    def get(self): return self.v
from multiprocessing.managers import BaseManager
class MyM(BaseManager): pass
MyM.register("Thing", Thing)
def w(d, l, i):
    d[i] = value * i; l.append(i)
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        ctx = mp.get_context(method)
        with ctx.Manager() as m:
            d, l = m.dict(), m.list()
            ps = [ctx.Process(target=w, args=(d, l, i)) for i in range(2)]
            [p.start() for p in ps]; [p.join() for p in ps]
            print(sorted(d.items()), sorted(l), [p.exitcode for p in ps])
        mm = MyM(ctx=ctx); mm.start()
        print(mm.Thing().get())
        mm.shutdown()
