"""Import of scikit-optimize, limited to one thread."""

from __future__ import annotations

import os
import sys

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def load_skopt() -> None:
    """Import scikit-optimize, with one thread for each numeric library not imported yet.

    Call this only in a process that runs nothing but Guild. `skopt_search` limits the threads
    during its computations anyway, but the libraries start new threads after each fork. Without
    this function that costs a search a fifth of its time.
    """
    if "numpy" in sys.modules:
        return
    before = {name: os.environ.get(name) for name in _LIMITS}
    os.environ.update(dict.fromkeys(_LIMITS, "1"))
    try:
        import skopt  # noqa: F401  # the import reads the variables
    finally:
        for (
            name,
            value,
        ) in before.items():  # scripts use their own threads
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
