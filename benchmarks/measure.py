"""Comparison of the times of two commands, with a limit for their ratio."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        what: the command that is measured, such as `guild --version`.
        against: the command that it is compared with.
        seconds: the best time of the first command.
        base_seconds: the best time of the second command.
        limit: the maximum ratio; None for no limit.
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
    first: Callable[[], object],
    second: Callable[[], object],
    repeat: int = 15,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Return the best times of two functions in seconds by `clock`, out of `repeat` calls.

    The calls alternate, so that other load on the machine affects both functions equally.
    """
    best = [float("inf"), float("inf")]
    for _ in range(repeat):
        for i, function in enumerate((first, second)):
            start = clock()
            function()
            best[i] = min(best[i], clock() - start)
    return best[0], best[1]


def cpu_time() -> float:
    """Return the CPU time, in seconds, of all processes that commands have started and ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def command(
    args: Sequence[str | os.PathLike[str]],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Callable[[], object]:
    """Return a function that runs `args` and discards its output; the command must succeed.

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
