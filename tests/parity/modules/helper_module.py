import sys


def seen_main():
    return sys.modules["__main__"].__name__


def fail():
    raise LookupError("from a module beside the script")
