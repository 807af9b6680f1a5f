"""Aggregates of series of scalars, kept apart from the reader that computes them.

Code with cached aggregates does not need the reader.
"""

from __future__ import annotations

from typing import NamedTuple


class Aggregate(NamedTuple):
    """The aggregate of a series of scalars.

    First and last are ordered by step: the earliest value of the lowest step and the latest value
    of the highest step. NaN is the minimum or maximum only if all values are NaN. A NaN makes the
    total and the average NaN.
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
    """The aggregate of one tag in a run, with the columns of `runs.scalars()`.

    Attributes:
        prefix: the directory of the event files in the run, see `scalar_names`.
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
    count: int  # type: ignore[assignment]  # hides an unused method of tuple
    total: float
