"""Measures commands against each other, and says what ratio is still good enough."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        what: what is measured, `guild --version`.
        against: what it is compared with.
        seconds: the best wall time of the first.
        base_seconds: the best wall time of the second.
        limit: the ratio of them that may not be exceeded; None where none is promised.
    """

    what: str
    against: str
    seconds: float
    base_seconds: float
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.seconds / self.base_seconds

    @property
    def holds(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def compare(
    first: Callable[[], object], second: Callable[[], object], repeat: int = 15
) -> tuple[float, float]:
    """The best wall times of two functions, in seconds, called in turn `repeat` times.

    In turn, so that what else the machine does meets both alike.
    """
    best = [float("inf"), float("inf")]
    for _ in range(repeat):
        for i, function in enumerate((first, second)):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best[0], best[1]


def command(
    args: Sequence[str | os.PathLike[str]],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Callable[[], object]:
    """A function that runs `args` to its end, its output thrown away; it must succeed.

    `env` adds to the environment.
    """

    def run() -> object:
        return subprocess.run(
            args,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    return run
