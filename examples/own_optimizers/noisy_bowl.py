"""A bowl with its lowest point at x=0.5, y=-0.3, and a little noise."""

import random

x = 0.0
y = 0.0

print(f"loss: {(x - 0.5) ** 2 + (y + 0.3) ** 2 + random.gauss(0, 0.01)}")
