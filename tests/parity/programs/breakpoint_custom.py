import sys
value = 3
sys.breakpointhook = lambda *a, **k: print("bp", a, k, sys._getframe(1).f_lineno)
breakpoint(value)
