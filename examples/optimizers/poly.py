"""A polynomial with two minima; the lower one is -0.51 at x = -1.06, y = 0.5."""

x = 0.0
y = 0.0

loss = (x**2 - 1) ** 2 + x / 2 + 4 * (y - 0.5) ** 2

print(f"loss: {loss:f}")
