import gc

value = 3
print(gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), value)
