import sys
value = 3
sys.unraisablehook = lambda u: print("unraisable", u.exc_value, u.err_msg)
class D:
    def __del__(self): 1 / 0
D()
sys.displayhook(value)
import builtins; print(builtins._)
