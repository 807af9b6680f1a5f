import multiprocessing

value = 3


def grandchild(queue):
    queue.put(("grandchild", value, __name__))


def child(queue, method):
    context = multiprocessing.get_context(method)
    process = context.Process(target=grandchild, args=(queue,))
    process.start()
    process.join()
    queue.put(("child", value, __name__))


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    with context.Manager() as manager:
        queue = manager.Queue()
        process = context.Process(target=child, args=(queue, "forkserver"))
        process.start()
        process.join()
        print(queue.get(), queue.get())
