"""Globals as flags, scalars by output and an event file beside them."""

import os

lr = 0.1
epochs = 2
optimizer = "sgd"
verbose = False
layers = [16, 8]

print("optimizer:", optimizer, layers)
for epoch in range(1, epochs + 1):
    print(f"step: {epoch}")
    print(f"loss: {lr / epoch:.4f}")
if verbose:
    print("run in", os.path.basename(os.getcwd()) == os.environ["RUN_ID"])
with open("model.txt", "w") as file:
    file.write(f"{optimizer} {lr}\n")
