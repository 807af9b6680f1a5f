import pickle
value = 3
f = lambda: value
pickle.dumps(f)
