"""Fails for some values of its flag, as trials of a batch may."""

x = 1

if x > 2:
    raise ValueError(f"x is {x}, more than 2")

print(f"loss: {x}")
