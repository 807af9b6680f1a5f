value = 3
print("before", value)
compile("x = = 1", "<text>", "exec")
