import sys

try:
    import joblib
except ImportError:
    sys.exit("no joblib")
value = 3


class Thing:
    def __init__(self, n):
        self.n = n


def work(n):
    return Thing(n * value)


if __name__ == "__main__":
    print([thing.n for thing in joblib.Parallel(n_jobs=2)(joblib.delayed(work)(n) for n in range(3))])
