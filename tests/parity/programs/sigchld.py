import signal, subprocess, time
value = 3
got = []
signal.signal(signal.SIGCHLD, lambda *a: got.append(a[0]))
subprocess.run(["true"]); time.sleep(0.05)
print(got)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
import os
if os.fork() == 0: os._exit(0)
