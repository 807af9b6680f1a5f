import os
import sys

value = 3
print([name for name in os.environ if name.startswith("PYTHON")], value)
print(tuple(sys.flags))
print(sys.warnoptions, sys._xoptions, sys.dont_write_bytecode)
