# live
import os
import sys

value = 3
pid = os.fork()
if pid == 0:
    print("child")
    sys.exit(value)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
