import numpy as np
value = 3
rng = np.random.default_rng(value)
X = rng.normal(size=(50, 3)); y = X @ [1, 2, 3]
w = np.zeros(3)
for step in range(20):
    g = X.T @ (X @ w - y) / 50; w -= 0.1 * g
    print(f"step: {step} loss: {((X @ w - y) ** 2).mean():.6f}")
np.save("w.npy", w); print(np.load("w.npy")); np.log(-1.0 * np.ones(1))
