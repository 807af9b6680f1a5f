import warnings, sys
value = 3
warnings.simplefilter("error")
try: warnings.warn("a")
except UserWarning as e: print("caught", e)
warnings.resetwarnings()
print(warnings.filters, __warningregistry__ if "__warningregistry__" in globals() else None)
warnings.warn("pending", PendingDeprecationWarning)
warnings.warn("res", ResourceWarning)
