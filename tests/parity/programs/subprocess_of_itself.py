import subprocess
import sys

value = 3
if len(sys.argv) > 1:
    print("second", sys.argv)
else:
    again = [sys.executable, sys.argv[0], "again"]
    print(subprocess.run(again, capture_output=True).stdout, value)
