import signal, time
value = 3
def h(s, f): print("alarm", s, f.f_lineno, f.f_code.co_name); raise TimeoutError(value)
signal.signal(signal.SIGALRM, h)
signal.setitimer(signal.ITIMER_REAL, 0.1)
time.sleep(5)
