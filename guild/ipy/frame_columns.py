"""Data frames whose column types are the same in all versions of pandas.

Numbers are integers or floats, and floats if a value is missing. Strings and all other values are
objects, and missing values among them are NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from guild.base.clock import local_time, to_seconds


def make_frame(columns: Mapping[str, Any], count: int) -> Any:
    """Return a data frame with `count` rows; each column is a series or a list of values."""
    series = {
        name: values if isinstance(values, pd.Series) else _make_column(values)
        for name, values in columns.items()
    }
    return pd.DataFrame(series, index=pd.RangeIndex(count), columns=list(columns))


def _make_column(values: Sequence[Any]) -> Any:
    """Return a series of `values`; None is a missing value."""
    present = [value for value in values if value is not None]
    if present and all(type(value) in (int, float) for value in present):
        try:
            return pd.Series(values, dtype=None if len(present) == len(values) else "float64")
        except OverflowError:  # an integer is too large for a float
            pass
    if present and all(type(value) is bool for value in values):
        return pd.Series(values, dtype="bool")
    return make_object_column([float("nan") if value is None else value for value in values])


def make_object_column(values: Sequence[Any]) -> Any:
    """Return a series of `values`, unchanged."""
    series = pd.Series([None] * len(values), dtype="object")
    for position, value in enumerate(values):
        series.iat[position] = value
    return series


def make_time_column(timestamps: Iterable[int | None]) -> Any:
    """Return a series of local times, to the second, for microseconds since the epoch."""
    values = [None if time is None else _to_datetime(time) for time in timestamps]
    return pd.Series(values, dtype="datetime64[ns]")


def _to_datetime(timestamp: int) -> datetime | None:
    local = local_time(timestamp)
    return None if local is None else datetime(*local[:6])


def make_duration_column(microseconds: Iterable[int | None]) -> Any:
    """Return a series of time deltas, to the second."""
    values = [None if t is None else timedelta(seconds=int(to_seconds(t))) for t in microseconds]
    return pd.Series(values, dtype="timedelta64[ns]")
