import pickle
import subprocess
import sys

value = 3


class Model:
    def __init__(self, weight):
        self.weight = weight


with open("model.pkl", "wb") as file:
    pickle.dump(Model(value), file)
reader = """
import pickle
class Model: pass
print(vars(pickle.load(open('model.pkl', 'rb'))))
"""
subprocess.run([sys.executable, "-c", reader], check=True)
