import multiprocessing

value = 3


class Point:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Point({self.x}, {type(self).__module__})"


def work(n):
    return Point(n * value)


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    with context.Pool(2) as pool:
        print(pool.map(work, range(4)))
        print(pool.apply_async(work, (9,)).get())
