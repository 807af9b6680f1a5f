import timeit

value = 3
print(timeit.timeit("value + 1", globals=globals(), number=1) < 1, value)
