"""Time ranges: `after 7-1`, `last 3 hours`, `between 10:00 and 12:00`, `2 weeks ago`.

The grammar is in docs/languages.md. Dates and times are local.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from guild.base.errors import GuildError


class TimeRange(NamedTuple):
    """From `start` to before `end`, in seconds since the epoch; None where it is open."""

    start: float | None
    end: float | None

    def holds(self, time: float) -> bool:
        return (self.start is None or time >= self.start) and (self.end is None or time < self.end)


_UNITS = {
    "second": "second",
    "sec": "second",
    "minute": "minute",
    "min": "minute",
    "hour": "hour",
    "hr": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}
_UNIT = rf"(?P<unit>{'|'.join(_UNITS)})s?"
_SPANS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_DAYS = {"today": 0, "yesterday": 1}
# "the last hour" is the sixty minutes before now, "last week" the one before this week
_ROLLING = ("second", "minute", "hour", "day")
_LAST_N = re.compile(rf"last\s+(?P<count>\d+)\s*{_UNIT}")
_AGO = re.compile(rf"(?P<count>\d+)\s*{_UNIT}\s+ago")
_THIS = re.compile(rf"(?P<which>this|last)\s+{_UNIT}")
_BETWEEN = re.compile(r"between\s+(?P<one>.+?)\s+and\s+(?P<other>.+)")
_BOUND = re.compile(r"(?P<side>after|before)\s+(?P<when>.+)")
_DATETIME = re.compile(
    r"(?:(?:(?P<year>\d{4}|\d{1,2})-)?(?P<month>\d{1,2})-(?P<day>\d{1,2}))?"
    r"(?:\s*\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)
_FORMS = (
    "after|before DATETIME, between DATETIME and DATETIME, last N minutes|hours|days, "
    "today, yesterday, this|last week|month|year, N days|weeks|months|years ago"
)


def parse_time_range(text: str, now: float) -> TimeRange:
    """The range that `text` means at the time `now`, in seconds since the epoch.

    Raises GuildError for a text that is no range.
    """
    words = " ".join(text.lower().split())
    today = datetime.fromtimestamp(now)
    try:
        found = _parse(words, today)
    except (ValueError, OverflowError) as error:
        raise GuildError(f"invalid time range {text!r}: {error}") from None
    if found is None:
        raise GuildError(f"invalid time range {text!r}: expected one of {_FORMS}")
    return TimeRange(*(None if end is None else end.timestamp() for end in found))


Ends = tuple["datetime | None", "datetime | None"]


def _parse(words: str, now: datetime) -> Ends | None:
    if words in _DAYS:
        return _unit(now, "day", _DAYS[words])
    if match := _LAST_N.fullmatch(words):
        return _back(now, _UNITS[match["unit"]], int(match["count"])), None
    if match := _AGO.fullmatch(words):
        return _unit(now, _UNITS[match["unit"]], int(match["count"]))
    if match := _THIS.fullmatch(words):
        unit = _UNITS[match["unit"]]
        if match["which"] == "last" and unit in _ROLLING:
            return _back(now, unit, 1), None
        return _unit(now, unit, 0 if match["which"] == "this" else 1)
    if match := _BETWEEN.fullmatch(words):
        ends = sorted((_datetime(match["one"], now), _datetime(match["other"], now)))
        return ends[0], ends[1]
    if match := _BOUND.fullmatch(words):
        is_after = match["side"] == "after"
        if match["when"] in _DAYS:
            start, end = _unit(now, "day", _DAYS[match["when"]])
            return (end, None) if is_after else (None, start)
        when = _datetime(match["when"], now)
        return (when, None) if is_after else (None, when)
    return None


def _unit(now: datetime, unit: str, back: int) -> Ends:
    """The calendar unit `back` before the one that is now, until the next one begins."""
    start = _begin(now, unit)
    end = _back(start, unit, -1)
    return _back(start, unit, back), _back(end, unit, back)


def _begin(time: datetime, unit: str) -> datetime:
    if unit == "second":
        return time.replace(microsecond=0)
    if unit == "minute":
        return time.replace(second=0, microsecond=0)
    if unit == "hour":
        return time.replace(minute=0, second=0, microsecond=0)
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _back(time: datetime, unit: str, count: int) -> datetime:
    if unit in _SPANS:
        return time - count * _SPANS[unit]
    months = time.year * 12 + time.month - 1 - count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ValueError("out of range")
    for day in range(time.day, 27, -1):  # of 31 March, a month ago is the last of February
        try:
            return time.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return time.replace(year=year, month=month + 1, day=min(time.day, 28))


def _datetime(text: str, now: datetime) -> datetime:
    """A date, a time of today, or both."""
    match = _DATETIME.fullmatch(text.strip())
    if not match or not text.strip():
        raise ValueError(f"expected a date as [YY-]MM-DD or a time as HH:MM, got {text!r}")
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if match["month"]:
        year = int(match["year"]) if match["year"] else now.year
        day = day.replace(
            year=year + 2000 if year < 100 else year,
            month=int(match["month"]),
            day=int(match["day"]),
        )
    return day.replace(
        hour=int(match["hour"] or 0),
        minute=int(match["minute"] or 0),
        second=int(match["second"] or 0),
    )
