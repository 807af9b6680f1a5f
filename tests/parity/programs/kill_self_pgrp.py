# live
import os, signal
value = 3
print("x", value)
os.kill(os.getpid(), signal.SIGUSR1)
