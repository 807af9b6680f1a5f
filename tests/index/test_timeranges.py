"""Time ranges relative to Wednesday, 15 July 2026, 13:45:30."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.index import timeranges

NOW = datetime(2026, 7, 15, 13, 45, 30)


def parse(text: str) -> tuple[str | None, str | None]:
    parsed = timeranges.parse_time_range(text, NOW.timestamp())
    start, end = (
        None if time is None else datetime.fromtimestamp(time).strftime("%y-%m-%d %H:%M:%S")
        for time in parsed
    )
    return start, end


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "26-07-15 00:00:00", "26-07-16 00:00:00"),
        ("Yesterday", "26-07-14 00:00:00", "26-07-15 00:00:00"),
        ("this week", "26-07-13 00:00:00", "26-07-20 00:00:00"),
        ("last week", "26-07-06 00:00:00", "26-07-13 00:00:00"),
        ("this month", "26-07-01 00:00:00", "26-08-01 00:00:00"),
        ("last month", "26-06-01 00:00:00", "26-07-01 00:00:00"),
        ("this year", "26-01-01 00:00:00", "27-01-01 00:00:00"),
        ("last year", "25-01-01 00:00:00", "26-01-01 00:00:00"),
        ("this hour", "26-07-15 13:00:00", "26-07-15 14:00:00"),
        ("last hour", "26-07-15 12:45:30", None),
        ("last 3 hours", "26-07-15 10:45:30", None),
        ("last 30 min", "26-07-15 13:15:30", None),
        ("last 2 hr", "26-07-15 11:45:30", None),
        ("last 7 days", "26-07-08 13:45:30", None),
        ("2 days ago", "26-07-13 00:00:00", "26-07-14 00:00:00"),
        ("3 weeks ago", "26-06-22 00:00:00", "26-06-29 00:00:00"),
        ("8 months ago", "25-11-01 00:00:00", "25-12-01 00:00:00"),
        ("2 years ago", "24-01-01 00:00:00", "25-01-01 00:00:00"),
        ("after 7-1", "26-07-01 00:00:00", None),
        ("after 25-7-1", "25-07-01 00:00:00", None),
        ("after 2025-7-1 9:30", "25-07-01 09:30:00", None),
        ("after 9:00", "26-07-15 09:00:00", None),
        ("after yesterday", "26-07-15 00:00:00", None),
        ("after 2 days ago", "26-07-14 00:00:00", None),
        ("before 2 days ago", None, "26-07-13 00:00:00"),
        ("before 5 minutes ago", None, "26-07-15 13:40:00"),
        ("between 2 days ago and 1 hour ago", "26-07-13 00:00:00", "26-07-15 13:00:00"),
        ("between today and yesterday", "26-07-14 00:00:00", "26-07-16 00:00:00"),
        ("between 10:00 and 2 days ago", "26-07-13 00:00:00", "26-07-15 10:00:00"),
        ("before today", None, "26-07-15 00:00:00"),
        ("before 10:00:05", None, "26-07-15 10:00:05"),
        ("between 1-1 and 4-30", "26-01-01 00:00:00", "26-04-30 00:00:00"),
        ("between 15:00 and 10:00", "26-07-15 10:00:00", "26-07-15 15:00:00"),
    ],
)
def test_range(text: str, start: str | None, end: str | None) -> None:
    assert parse(text) == (start, end)


def test_month_before_the_end_of_a_long_month() -> None:
    now = datetime(2026, 3, 31, 12).timestamp()
    (start, end) = timeranges.parse_time_range("last 1 month", now)
    assert (start, end) == (datetime(2026, 2, 28, 12).timestamp(), None)


def test_range_excludes_its_end() -> None:
    time_range = timeranges.TimeRange(10.0, 20.0)
    assert [time_range.holds(time) for time in (9.9, 10, 19.9, 20)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("after 13-45", "month must be in 1..12"),
        ("after 11/21", "expected a date as [YY-]MM-DD or a time as HH:MM but got '11/21'"),
        ("9999 years ago", "out of range"),
    ],
)
def test_invalid_dates(text: str, message: str) -> None:
    with pytest.raises(GuildError) as error:
        parse(text)
    assert error.value.message == f"invalid time range {text!r}: {message}"


@pytest.mark.parametrize("text", ["", "tomorrow", "last 3", "before", "a week ago", "between 1"])
def test_invalid_ranges(text: str) -> None:
    with pytest.raises(GuildError, match="expected one of after"):
        parse(text)


_WORDS = st.sampled_from(
    ["last", "this", "3", "99999999999", "days", "months", "years", "ago", "after", "between"]
)


@given(st.lists(_WORDS, max_size=5).map(" ".join) | st.text())
def test_any_text_parses_or_raises_guild_error(text: str) -> None:
    with contextlib.suppress(GuildError):
        parse(text)
