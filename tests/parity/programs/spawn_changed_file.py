import multiprocessing as mp, os
value = 3
def f(): print("child", value, os.path.basename(__file__), __name__, __spec__, __package__)
if __name__ == "__main__":
    os.mkdir("sub"); os.chdir("sub")
    p = mp.get_context("spawn").Process(target=f); p.start(); p.join()
    print(p.exitcode)
