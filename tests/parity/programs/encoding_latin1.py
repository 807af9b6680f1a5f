# -*- coding: latin-1 -*-
value = 3
print("latin: é", value, len("é"))
raise ValueError("é")  # é
