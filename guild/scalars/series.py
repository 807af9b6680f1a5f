"""What a series of scalars comes to. Apart from the reading of event files, which those
who know the sums already do without."""

from __future__ import annotations

from typing import NamedTuple


class Aggregate(NamedTuple):
    """What a series of scalars comes to.

    First and last go by step: the earliest value of the lowest step and the latest
    of the highest, so a series that restarted at an earlier step ends where it got
    farthest. A NaN is no minimum and no maximum unless there is nothing else; the
    total, and with it the average, of a series with a NaN is NaN.
    """

    first_val: float
    first_step: int
    last_val: float
    last_step: int
    min_val: float
    min_step: int
    max_val: float
    max_step: int
    total: float
    number: int


class ScalarSummary(NamedTuple):
    """The row of a run's scalars for one tag; the columns of `runs.scalars()`.

    Attributes:
        prefix: the folder of the event files in the run directory: empty for the run
            directory, `.guild` for scalars found in the output.
    """

    prefix: str
    tag: str
    first_val: float
    first_step: int
    last_val: float
    last_step: int
    min_val: float
    min_step: int
    max_val: float
    max_step: int
    avg_val: float
    count: int  # type: ignore[assignment]  # hides a method of tuple that nobody calls
    total: float
