"""The CPU time that commands take to start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, command, compare, cpu_time

GUILD = Path(sys.executable).with_name("guild")


def rows() -> Iterator[Row]:
    import_click = command([sys.executable, "-c", "import click"])
    for args, limit in ((["--version"], 1.0), (["run", "--help"], 2.0)):
        times = compare(command([GUILD, *args]), import_click, clock=cpu_time)
        yield Row(f"guild {' '.join(args)} (CPU)", "python -c 'import click'", *times, limit)
