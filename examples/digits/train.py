"""A small neural network that reads handwritten digits.

The global variables are the flags. Nothing here depends on Guild.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

hidden = 32  # units of the hidden layer
lr = 0.003  # learning rate
alpha = 0.0001  # L2 penalty
batch_size = 64
epochs = 10
seed = 0

digits = load_digits()
images = digits.data / 16
train_x, test_x, train_y, test_y = train_test_split(
    images, digits.target, test_size=0.25, random_state=seed, stratify=digits.target
)

model = MLPClassifier(
    hidden_layer_sizes=(hidden,),
    learning_rate_init=lr,
    alpha=alpha,
    batch_size=batch_size,
    random_state=seed,
)
classes = np.unique(digits.target)

print(f"{len(train_x)} training images, {len(test_x)} test images")

for epoch in range(1, epochs + 1):
    model.partial_fit(train_x, train_y, classes=classes)  # all images once, in random order
    print(f"step: {epoch}")
    print(f"loss: {log_loss(test_y, model.predict_proba(test_x), labels=classes):.4f}")
    print(f"accuracy: {model.score(test_x, test_y):.4f}")
