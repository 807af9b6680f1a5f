import importlib
import sys
from pathlib import Path

value = 3


def scaled(x):
    return x * value


if __name__ == "__main__":
    Path("its_helper.py").write_text(
        "from import_main_from_helper import scaled, value\n"
        "import import_main_from_helper as again\n"
        "print(value, scaled(2), again.__name__, again.__file__, again.__spec__.origin)\n"
        "print(type(again.__loader__).__name__, scaled.__module__)\n"
    )
    sys.path.insert(0, str(Path("its_helper.py").resolve().parent))
    importlib.import_module("its_helper")
    module = importlib.reload(sys.modules["import_main_from_helper"])
    print(module.value, sys.argv)
