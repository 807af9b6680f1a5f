import faulthandler, sys, threading
value = 3
def f(n):
    if n: f(n - 1)
    else: faulthandler.dump_traceback(all_threads=True)
f(value)
faulthandler.dump_traceback_later(0.1, exit=True)
import time; time.sleep(5)
