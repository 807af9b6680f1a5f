value = 3
print("before", value, flush=True)
import broken_module
