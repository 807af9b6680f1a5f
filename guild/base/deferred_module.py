"""Modules of the standard library that are loaded when they are first used."""

from __future__ import annotations

import sys
from importlib import util
from threading import RLock
from types import ModuleType
from typing import Any


def defer_module(name: str) -> None:
    """Make `import NAME` load the module `name` only when one of its attributes is read.

    Use it before a library imports a module that it seldom needs. The module must not define
    `__getattr__` itself. A module that is loaded already stays as it is.
    """
    if name not in sys.modules:
        sys.modules[name] = _deferred(name)


def _deferred(name: str) -> ModuleType:
    spec = util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    loader = spec.loader
    module = util.module_from_spec(spec)
    lock = RLock()
    is_loading = False

    def load(attribute: str) -> Any:
        """Load the module and return its attribute. Other threads wait for the load to end."""
        nonlocal is_loading
        with lock:
            if is_loading:  # by this thread: the module does not define the attribute yet
                raise AttributeError(f"module '{name}' has no attribute '{attribute}'")
            if "__getattr__" in vars(module):
                is_loading = True
                try:
                    loader.exec_module(module)
                finally:
                    is_loading = False
                del module.__getattr__
        return getattr(module, attribute)

    module.__getattr__ = load  # type: ignore[method-assign]  # called for missing attributes
    return module
