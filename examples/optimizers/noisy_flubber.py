"""Like noisy.py, but the objective is not named loss."""

import math
import random

x = 0.1
noise = 0.1

flubber = math.sin(5 * x) * (1 - math.tanh(x**2)) + random.gauss(0, noise)

print(f"flubber: {flubber:f}")
