"""Natural orders of names and values."""

from __future__ import annotations

import pytest

from guild.index import order


def test_numbers_in_names_are_ordered_by_value() -> None:
    names = ["x10", "x2", "x", "job.py", "job2.py", "1", "a/b", "a"]
    expected = ["1", "a", "a/b", "job2.py", "job.py", "x", "x2", "x10"]
    assert sorted(names, key=order.natural_key) == expected


@pytest.mark.parametrize("descending", [False, True])
def test_values_of_mixed_types(descending: bool) -> None:
    """Empty texts come before numbers and numbers before texts; missing values are last."""
    values = ["b10", 3, None, "", "b2", float("nan"), True, -1.5]
    ordered = order.sort_by_value(values, lambda value: value, descending=descending)
    expected = ["", -1.5, True, 3, "b2", "b10"]
    assert ordered[:6] == (expected[::-1] if descending else expected)
    assert ordered[6] is None
