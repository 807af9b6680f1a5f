# live
import subprocess
import sys

value = 3
print("before")
subprocess.run([sys.executable, "-c", f"print('child', {value})"], check=True)
print("after")
print(subprocess.run(["sh", "-c", "exit 7"]).returncode)
subprocess.run([sys.executable, "-c", "raise SystemExit(5)"], check=True)
