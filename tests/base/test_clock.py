"""Times never repeat and never go back."""

from __future__ import annotations

import itertools
import re
import time

import pytest

from guild.base import clock


def test_unique_increasing_and_now() -> None:
    before = time.time_ns() // 1000
    stamps = [clock.timestamp() for _ in range(10_000)]
    assert all(a < b for a, b in itertools.pairwise(stamps))
    assert before <= stamps[0]


def test_clock_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    last = clock.timestamp()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000)
    assert clock.timestamp() == last + 1


@pytest.mark.parametrize("value", [None, "1", 1.5, 10**30, -(10**30)])
def test_format_time_rejects_other_values(value: object) -> None:
    assert clock.format_time(value) is None


def test_format_time_and_duration() -> None:
    text = clock.format_time(1_790_000_000_000_000)
    assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d", text or "")
    assert clock.format_duration(3_723_999_999) == "1:02:03"
    assert clock.to_seconds(1_500_000) == 1.5
