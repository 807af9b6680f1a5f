"""Times never repeat and never go back."""

from __future__ import annotations

import itertools
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
