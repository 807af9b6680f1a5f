value = 3
items = {"a": {"b": value}}
print(items["a"]["b"], flush=True)
result = items["a"]["b"] + items["a"]["c"]["d"]
