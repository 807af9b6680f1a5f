import multiprocessing
from multiprocessing import shared_memory

value = 3


def fill(name):
    memory = shared_memory.SharedMemory(name=name)
    memory.buf[0] = value
    memory.close()


if __name__ == "__main__":
    memory = shared_memory.SharedMemory(create=True, size=4)
    process = multiprocessing.get_context("fork").Process(target=fill, args=(memory.name,))
    process.start()
    process.join()
    print(memory.buf[0])
    memory.close()
    memory.unlink()
