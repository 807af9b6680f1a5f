"""The time to import `guild.ipy` and to run an empty function."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import Row, command, compare

# The maximum overhead of a run, in seconds.
PER_RUN = 0.010
RUNS = 50


def rows() -> Iterator[Row]:
    yield _import()
    yield _empty_function()


def _import() -> Row:
    ours = command([sys.executable, "-c", "import guild.ipy"])
    pandas = command([sys.executable, "-c", "import pandas"])
    return Row("import guild.ipy", "import pandas", *compare(ours, pandas, 7), 1.3)


def _empty_function() -> Row:
    """Compare the time of a run of an empty function with its limit."""
    from guild import ipy
    from guild.config import SetGuildHome

    def nothing() -> None:
        pass

    def runs() -> None:
        for _ in range(RUNS):
            ipy.run(nothing)

    with tempfile.TemporaryDirectory() as home, SetGuildHome(home):
        seconds, _ = compare(runs, nothing, 3)
    return Row("ipy.run of an empty function", "at most", seconds / RUNS, PER_RUN, 1.0)
