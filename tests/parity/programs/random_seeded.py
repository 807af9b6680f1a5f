import random

value = 3
random.seed(value)
print(random.random(), random.sample(range(100), 5))
