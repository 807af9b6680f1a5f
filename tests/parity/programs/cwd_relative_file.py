import os
value = 3
print(__file__ == os.path.join(os.getcwd(), "cwd_relative_file.py"), os.path.relpath(__file__))
