import multiprocessing

value = 3


def child():
    print("never", value)


process = multiprocessing.get_context("spawn").Process(target=child)
process.start()
process.join()
print(process.exitcode)
