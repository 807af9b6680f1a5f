"""Time ranges: `after 7-1`, `last 3 hours`, `between 10:00 and 12:00`, `2 weeks ago`.

See docs/languages.md for the grammar. Dates and times are local.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from guild.base.errors import GuildError


class TimeRange(NamedTuple):
    """A range from `start` up to, but not including, `end`, in seconds since the epoch.

    None stands for an open end.
    """

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
# "last hour" means the 60 minutes before now, but "last week" the calendar week before this one.
_ROLLING = ("second", "minute", "hour", "day")
_LAST_N = re.compile(rf"last\s+(?P<count>\d+)\s*{_UNIT}")
_AGO = re.compile(rf"(?P<count>\d+)\s*{_UNIT}\s+ago")
_THIS = re.compile(rf"(?P<which>this|last)\s+{_UNIT}")
_BETWEEN = re.compile(r"between\s+(?P<first>.+?)\s+and\s+(?P<second>.+)")
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
    """Parse a time range relative to `now`, in seconds since the epoch.

    Raises GuildError for an invalid range.
    """
    words = " ".join(text.lower().split())
    try:
        ends = _parse(words, datetime.fromtimestamp(now))
    except (ValueError, OverflowError) as error:
        raise GuildError(f"invalid time range {text!r}: {error}") from None
    if ends is None:
        raise GuildError(f"invalid time range {text!r}: expected one of {_FORMS}")
    return TimeRange(*(None if end is None else end.timestamp() for end in ends))


Ends = tuple["datetime | None", "datetime | None"]


def _parse(words: str, now: datetime) -> Ends | None:
    if words in _DAYS:
        return _calendar_range(now, "day", _DAYS[words])
    if match := _LAST_N.fullmatch(words):
        return _subtract(now, _UNITS[match["unit"]], int(match["count"])), None
    if match := _AGO.fullmatch(words):
        return _calendar_range(now, _UNITS[match["unit"]], int(match["count"]))
    if match := _THIS.fullmatch(words):
        unit = _UNITS[match["unit"]]
        if match["which"] == "last" and unit in _ROLLING:
            return _subtract(now, unit, 1), None
        return _calendar_range(now, unit, 0 if match["which"] == "this" else 1)
    if match := _BETWEEN.fullmatch(words):
        first, second = _parse_bound(match["first"], now), _parse_bound(match["second"], now)
        return min(first.start, second.start), max(first.end, second.end)
    if match := _BOUND.fullmatch(words):
        bound = _parse_bound(match["when"], now)
        return (bound.end, None) if match["side"] == "after" else (None, bound.start)
    return None


class _Bound(NamedTuple):
    """A time that limits a range, or a calendar unit, which a range includes or excludes."""

    start: datetime
    end: datetime


def _parse_bound(words: str, now: datetime) -> _Bound:
    """Parse a date, a time, `today`, `yesterday` or `N UNITS ago`. Raises ValueError."""
    if words in _DAYS:
        return _calendar_range(now, "day", _DAYS[words])
    if match := _AGO.fullmatch(words):
        return _calendar_range(now, _UNITS[match["unit"]], int(match["count"]))
    when = _parse_datetime(words, now)
    return _Bound(when, when)


def _calendar_range(now: datetime, unit: str, count: int) -> _Bound:
    """Return the calendar day, week, etc. that is `count` units before the current one."""
    start = _start_of(now, unit)
    end = _subtract(start, unit, -1)
    return _Bound(_subtract(start, unit, count), _subtract(end, unit, count))


def _start_of(time: datetime, unit: str) -> datetime:
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


def _subtract(time: datetime, unit: str, count: int) -> datetime:
    if unit in _SPANS:
        return time - count * _SPANS[unit]
    months = time.year * 12 + time.month - 1 - count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ValueError("out of range")
    for day in range(time.day, 27, -1):  # one month before 31 March is the last day of February
        try:
            return time.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return time.replace(year=year, month=month + 1, day=min(time.day, 28))


def _parse_datetime(text: str, now: datetime) -> datetime:
    """Parse a date, a time of the current day, or both. Raises ValueError."""
    match = _DATETIME.fullmatch(text.strip())
    if not match or not text.strip():
        raise ValueError(f"expected a date as [YY-]MM-DD or a time as HH:MM but got {text!r}")
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
