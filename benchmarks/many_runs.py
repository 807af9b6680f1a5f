"""What listing a hundred thousand runs costs. Making them takes minutes and gigabytes, so
this is measured only when it is asked for: `python -m benchmarks many_runs`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.index import FEW, REPEAT, guild
from benchmarks.make_runs import make_runs
from benchmarks.measure import Row, compare

MOST = 100_000


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="guild-benchmark-") as name:
        few, most = Path(name) / "few", Path(name) / "most"
        make_runs(few, FEW)
        make_runs(most, MOST)
        times = compare(guild(most, "runs"), guild(few, "runs"), REPEAT)
        yield Row(f"guild runs, {MOST} runs", f"{FEW} runs", *times, 2)
