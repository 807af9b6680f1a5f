value = 3
empty = []
numbers = [1, 2.5, 1e-7]
texts = ["a b", "1", "yes", "", "None"]
pair = (1, "x")
nested = [[1], {"a": None}]
yes, no = True, False
nothing = None
small = 1e-5
whole = 3.0
negative = -5
infinite = float("inf")
date = "2020-01-01"
dashes = "--x"
options = {"lr": 0.1, "betas": (0.9, 0.99)}
again = 1
again = 2
counter = 0
while counter < value:
    counter += 1
print({name: item for name, item in globals().items() if not name.startswith("__")})
