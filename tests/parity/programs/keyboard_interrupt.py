# live
value = 3
print("before", value)
raise KeyboardInterrupt
