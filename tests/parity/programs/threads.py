import threading

value = 3
results = []
lock = threading.Lock()


def work(n):
    with lock:
        results.append(n * value)


threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results), threading.main_thread().name, threading.active_count())
