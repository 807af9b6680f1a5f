import warnings

value = 3


def old():
    warnings.warn("two levels up", DeprecationWarning, stacklevel=2)
    warnings.warn(f"here {value}")


old()
old()
warnings.warn("beyond the stack", UserWarning, stacklevel=2)
warnings.warn("resource", ResourceWarning)
print(warnings.filters[:2])
