import os

value = 3
with open(__file__) as file:
    print(file.read().count("value"))
print(os.path.isabs(__file__), os.path.basename(__file__), os.getcwd() == os.path.dirname(__file__))
print(sorted(name for name in os.listdir() if not name.startswith(".")), value)
