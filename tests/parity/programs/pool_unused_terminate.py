import multiprocessing as mp, time
value = 3
def f(x): time.sleep(x); return value
if __name__ == "__main__":
    p = mp.get_context("spawn").Pool(2)
    r = p.map_async(f, [0, 30])
    time.sleep(0.3)
    p.terminate(); p.join()
    print("done", value)
