import faulthandler
import sys

value = 3


def deep():
    faulthandler.dump_traceback(file=sys.stdout, all_threads=False)


sys.stdout.flush()
deep()
print(value)
