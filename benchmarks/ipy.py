"""What `guild.ipy` costs: importing it, and a run of a function that does nothing."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import Row, command, compare

# A run may cost this long of our own, in seconds.
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
    """Runs of a function that does nothing, against so many times what one may cost."""
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
