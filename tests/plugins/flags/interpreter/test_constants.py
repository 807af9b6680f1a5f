"""Constant expressions have the value that Python computes, or are unknown."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from guild.plugins.flags.interpreter.constants import UNKNOWN, literal

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
_OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "|", "&", "^"])
_EXPRESSIONS = st.recursive(
    st.integers(0, 50).map(str) | st.floats(0, 10).map(repr) | st.sampled_from(["'ab'", "True"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, _OPERATORS, inner) | inner.map("(-{})".format)
    ),
    max_leaves=6,
)


def _value(text: str) -> object:
    return literal(ast.parse(text, mode="eval").body)


@given(_VALUES)
def test_literals_have_their_value(value):
    assert _value(repr(value)) == value


@given(_EXPRESSIONS)
def test_expressions_are_unknown_or_equal_to_their_evaluation(text):
    value = _value(text)
    if value is not UNKNOWN:
        assert repr(value) == repr(eval(text))
