from joblib import Parallel, delayed, Memory
value = 3
class C:
    def __init__(s, x): s.x = x
def f(c): return (c.x * value, value, __name__)
if __name__ == "__main__":
    print(Parallel(n_jobs=2)(delayed(f)(C(i)) for i in range(4)))
    print(Parallel(n_jobs=2, backend="multiprocessing")(delayed(f)(C(i)) for i in range(4)))
    print(Parallel(n_jobs=2, backend="threading")(delayed(f)(C(i)) for i in range(4)))
