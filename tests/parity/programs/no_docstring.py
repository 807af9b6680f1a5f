value = 3
"not a docstring"
print(__doc__, value)
