"""The start-up time of commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, command, compare

GUILD = Path(sys.executable).with_name("guild")


def rows() -> Iterator[Row]:
    import_click = command([sys.executable, "-c", "import click"])
    for args, limit in ((["--version"], 1.5), (["run", "--help"], 2.0)):
        times = compare(command([GUILD, *args]), import_click)
        yield Row(" ".join(["guild", *args]), "python -c 'import click'", *times, limit)
