import multiprocessing as mp
value = 3
if __name__ == "__main__":
    p = mp.get_context("spawn").Process(target=lambda: value)
    p.start()
