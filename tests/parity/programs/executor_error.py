from concurrent.futures import ProcessPoolExecutor
import multiprocessing as mp, traceback
value = 3
class MyErr(Exception): pass
def f(x): raise MyErr(x * value)
if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as e:
        try: e.submit(f, 2).result()
        except MyErr as er: traceback.print_exc(); print(repr(er))
    with ProcessPoolExecutor(1, mp_context=mp.get_context("fork")) as e:
        e.submit(f, 3).result()
