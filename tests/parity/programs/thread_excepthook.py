import threading
value = 3
def hook(a): print("HOOK", a.exc_type, a.exc_value)
def f(): raise ValueError(value)
t = threading.Thread(target=f, name="T"); t.start(); t.join()
threading.excepthook = hook
t = threading.Thread(target=f); t.start(); t.join()
