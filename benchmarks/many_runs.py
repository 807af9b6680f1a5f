"""The time to list 100 000 runs: `python -m benchmarks many_runs`.

Creating them takes minutes and gigabytes, so `make bench` does not include this benchmark.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.index import FEW, REPEAT, guild
from benchmarks.make_runs import make_runs
from benchmarks.measure import Row, compare

COUNT = 100_000


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="guild-benchmark-") as name:
        few, many = Path(name) / "few", Path(name) / "many"
        make_runs(few, FEW)
        make_runs(many, COUNT)
        times = compare(guild(many, "runs"), guild(few, "runs"), REPEAT)
        yield Row(f"guild runs, {COUNT} runs", f"{FEW} runs", *times, 2)
