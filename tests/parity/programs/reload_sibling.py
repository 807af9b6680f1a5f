import importlib, helper_module, sys
value = 3
m = importlib.reload(helper_module)
print(m is helper_module, m.__file__ == helper_module.__file__, m.__spec__.name)
try: importlib.reload(sys.modules["__main__"])
except Exception as e: print(type(e), e)
