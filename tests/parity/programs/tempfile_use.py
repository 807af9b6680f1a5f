import os
import tempfile

value = 3
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "x")
    open(path, "w").close()
    print(os.listdir(folder), value)
