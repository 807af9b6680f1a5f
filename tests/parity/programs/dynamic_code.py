value = 3
exec("other = value * 2")
print(eval("other + value"), other)
code = compile("value + 1", "<made>", "eval")
print(eval(code), eval(code, {"value": 10}))
exec("raise ValueError('from exec')", {})
