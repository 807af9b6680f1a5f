import shutil, os
value = 3
print(shutil.get_terminal_size(), os.environ.get("COLUMNS"), os.environ.get("TERM"))
try: os.get_terminal_size()
except OSError as e: print(e)
