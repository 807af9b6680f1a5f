import importlib.util, pathlib, sys, pkgutil
value = 3
pathlib.Path("data.txt").write_text("data")
print(pathlib.Path(__file__).parent.joinpath("helper_module.py").exists(), pkgutil.get_data("__main__", "data.txt"))
print(importlib.util.find_spec("helper_module").origin == str(pathlib.Path(__file__).parent / "helper_module.py"))
try: print(importlib.util.find_spec("__main__"))
except ValueError as e: print(e)
