"""Data frames of values of which pandas is told the types, so that all its versions agree.

Numbers are integers or floats, floats where one is missing; texts and everything else are
objects, and what is missing among them is NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from guild.base.clock import local_time, to_seconds


def frame(columns: Mapping[str, Any], count: int) -> Any:
    """The data frame of `columns`, each a series or values for one, with `count` rows."""
    series = {
        name: values if isinstance(values, pd.Series) else column(values)
        for name, values in columns.items()
    }
    return pd.DataFrame(series, index=pd.RangeIndex(count), columns=list(columns))


def column(values: Sequence[Any]) -> Any:
    """The series of `values`; None is what is missing."""
    present = [value for value in values if value is not None]
    if present and all(type(value) in (int, float) for value in present):
        try:
            return pd.Series(values, dtype=None if len(present) == len(values) else "float64")
        except OverflowError:  # integers that are too large for a float
            pass
    if present and all(type(value) is bool for value in values):
        return pd.Series(values, dtype="bool")
    return objects([float("nan") if value is None else value for value in values])


def objects(values: Sequence[Any]) -> Any:
    """The series of `values` as they are."""
    series = pd.Series([None] * len(values), dtype="object")
    for at, value in enumerate(values):
        series.iat[at] = value
    return series


def times(timestamps: Iterable[int | None]) -> Any:
    """The series of local times for microseconds since the epoch, to the second."""
    values = [None if time is None else _datetime(time) for time in timestamps]
    return pd.Series(values, dtype="datetime64[ns]")


def _datetime(timestamp: int) -> datetime | None:
    local = local_time(timestamp)
    return None if local is None else datetime(*local[:6])


def durations(microseconds: Iterable[int | None]) -> Any:
    """The series of time deltas, to the second."""
    values = [None if t is None else timedelta(seconds=int(to_seconds(t))) for t in microseconds]
    return pd.Series(values, dtype="timedelta64[ns]")
