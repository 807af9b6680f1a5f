"""Every scalar of runs, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guild.index.query import IndexedRun


class ScalarRow(NamedTuple):
    """One value of a scalar.

    Attributes:
        run: the run's id.
        path: the folder of the event file in the run directory, empty for the directory itself.
    """

    run: str
    path: str
    tag: str
    value: float
    step: int


def scalar_rows(runs: Iterable[IndexedRun]) -> Iterator[ScalarRow]:
    """The scalars of each run, series by series, each in the order it was written.

    Raises OSError for event files that cannot be read.
    """
    from guild.scalars.run_scalars import read_points

    for run in runs:
        for (path, tag), points in read_points(run.path).items():
            for step, value in zip(points.steps, points.values, strict=True):
                yield ScalarRow(run.id, path, tag, value, step)
