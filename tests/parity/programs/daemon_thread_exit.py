import threading, time, atexit
value = 3
def w():
    while True: time.sleep(0.01)
for _ in range(value): threading.Thread(target=w, daemon=True).start()
atexit.register(print, "bye", value)
print(threading.active_count(), threading.main_thread().name)
