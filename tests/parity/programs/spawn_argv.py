import multiprocessing as mp, sys, os
value = 3
def f():
    print("child", sys.argv, [p for p in sys.path[:2]], sys.orig_argv[1:2], sys.flags.unbuffered)
if __name__ == "__main__":
    for m in ("spawn", "forkserver"):
        p = mp.get_context(m).Process(target=f); p.start(); p.join()
