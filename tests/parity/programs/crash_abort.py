# live
import os

value = 3
print("about to abort", value)
os.abort()
