import os
import signal

value = 3


def handle(number, frame):
    print("got", signal.Signals(number).name, frame.f_code.co_name, value)


signal.signal(signal.SIGUSR1, handle)
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.getsignal(signal.SIGINT).__name__, signal.getsignal(signal.SIGTERM))
print(signal.getsignal(signal.SIGPIPE), signal.pthread_sigmask(signal.SIG_BLOCK, []))
