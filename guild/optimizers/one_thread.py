"""Loading scikit-optimize so that it computes in one thread."""

from __future__ import annotations

import os
import sys

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def load_skopt() -> None:
    """Load scikit-optimize, and the libraries below it with one thread each if they are not
    there yet: for a process that is ours alone.

    Limiting them while they work, as `skopt_search` does anywhere, does not keep those threads
    from being made anew after each fork, which takes a search a fifth of its time.
    """
    if "numpy" in sys.modules:
        return
    before = {name: os.environ.get(name) for name in _LIMITS}
    os.environ.update(dict.fromkeys(_LIMITS, "1"))
    try:
        import skopt  # noqa: F401  # reads the variables when it is loaded
    finally:
        for name, value in before.items():  # the scripts have their own threads
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
