value = 3
print(value)
del value
try:
    print(value)
except NameError as error:
    print(error)
