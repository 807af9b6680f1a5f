value = 3
double = lambda x: x * value
print([double(n) for n in range(3)], {n: value for n in range(2)}, double.__module__)
print([value := n for n in range(3)], value)
