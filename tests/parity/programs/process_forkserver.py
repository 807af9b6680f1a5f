# live
import multiprocessing
import sys

value = 3


def child(queue, number):
    main = sys.modules["__main__"]
    queue.put((number, value, __name__, main.__file__ == __file__, main.value, sys.argv))
    print("child prints", value)
    sys.exit(value)


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue, 1), name="worker")
    process.start()
    process.join()
    print(queue.get())
    print(process.exitcode, value)
