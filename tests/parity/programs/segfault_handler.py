# live
import faulthandler, ctypes
faulthandler.enable()
value = 3
def crash(): ctypes.string_at(0)
crash()
