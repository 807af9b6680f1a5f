from concurrent.futures import ProcessPoolExecutor
import multiprocessing as mp, os
value = 3
def f(x): os._exit(value)
if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as e:
        e.submit(f, 2).result()
