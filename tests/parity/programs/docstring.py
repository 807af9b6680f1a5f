"""The script says what it is."""

value = 3
print(__doc__, value)
