import math
value = 3
class A:
    foo = 1
try:
    A().fop
except AttributeError:
    import traceback; traceback.print_exc()
try: valeu
except NameError: traceback.print_exc()
math.sqr
