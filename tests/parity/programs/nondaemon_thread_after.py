import threading, time, atexit
value = 3
def w():
    time.sleep(0.2); print("thread done", value)
threading.Thread(target=w).start()
atexit.register(print, "atexit")
print("main done")
