"""Names of scalars."""

import pytest

from guild.scalars import scalar_names
from guild.scalars.series import ScalarSummary

KEYS = [
    ("logs", "loss"),
    (".guild", "loss"),
    ("", "loss"),
    (".guild", "acc"),
    ("b", "x"),
    ("a", "x"),
]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("loss", ("", "loss")),
        ("#loss", ("", "loss")),
        ("#acc", (".guild", "acc")),
        ("acc", (".guild", "acc")),
        ("logs#loss", ("logs", "loss")),
        ("x", ("a", "x")),
        ("#x", None),
        ("missing", None),
    ],
)
def test_choose_key_prefers_run_directory_then_output(name, key):
    assert scalar_names.choose_key(KEYS, name) == key


def test_format_name_is_found_again():
    for prefix, tag in (("", "loss"), ("logs", "loss"), ("b", "x")):
        name = scalar_names.format_name(prefix, tag)
        assert scalar_names.choose_key(KEYS, name) == (prefix, tag)


def test_scalar_value_by_qualifier():
    scalar = ScalarSummary("", "a", 1.0, 0, 2.0, 9, 0.5, 3, 4.0, 5, 1.5, 10, 15.0)
    assert scalar_names.find_scalar([scalar], "#a") is scalar
    values = {
        q: scalar_names.get_scalar_value(scalar, q, False) for q in ("", *scalar_names.QUALIFIERS)
    }
    assert values == {
        "": 2.0,
        "first": 1.0,
        "last": 2.0,
        "min": 0.5,
        "max": 4.0,
        "avg": 1.5,
        "total": 15.0,
        "count": 10,
    }
    steps = {q: scalar_names.get_scalar_value(scalar, q, True) for q in scalar_names.QUALIFIERS}
    assert steps == {
        "first": 0,
        "last": 9,
        "min": 3,
        "max": 5,
        "avg": None,
        "total": None,
        "count": None,
    }
