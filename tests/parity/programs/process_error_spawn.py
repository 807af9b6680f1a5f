import multiprocessing

value = 3


def child():
    raise ValueError(f"in the child {value}")


if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=child, name="worker")
    process.start()
    process.join()
    print(process.exitcode)
