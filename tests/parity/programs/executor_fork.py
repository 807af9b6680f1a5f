import concurrent.futures
import multiprocessing

value = 3


def work(n):
    if n == 2:
        raise ValueError(n * value)
    return n * value


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print([pool.submit(work, n).result() for n in (0, 1, 3)])
        print(repr(pool.submit(work, 2).exception()))
