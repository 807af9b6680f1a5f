import threading

value = 3


def fail():
    raise ValueError(f"in a thread {value}")


thread = threading.Thread(target=fail, name="worker")
thread.start()
thread.join()
print("main goes on")
