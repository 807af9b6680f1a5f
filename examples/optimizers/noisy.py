"""A noisy function; its mean has the minimum -0.91 at x = -0.29."""

import math
import random

x = 0.1
noise = 0.1

loss = math.sin(5 * x) * (1 - math.tanh(x**2)) + random.gauss(0, noise)

print(f"loss: {loss:f}")
