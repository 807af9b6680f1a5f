"""The language of columns."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.index import columns
from guild.index.columns import Column


@pytest.mark.parametrize(
    ("text", "column", "header"),
    [
        ("=lr", Column("flag", "lr"), "lr"),
        ("='a b'", Column("flag", "a b"), "a b"),
        (".label", Column("attr", "label"), "label"),
        ("loss", Column("scalar", "loss"), "loss"),
        ("step", columns.STEP, "step"),
        ("min loss", Column("scalar", "loss", "min"), "loss"),
        ("max val#loss", Column("scalar", "val#loss", "max"), "val loss"),
        ("loss step", Column("scalar", "loss", "", True), "loss step"),
        ("first a/b#c step", Column("scalar", "a/b#c", "first", True), "a/b c step"),
        ("#loss", Column("scalar", "#loss"), "loss"),
        (".guild#loss", Column("scalar", ".guild#loss"), ".guild loss"),
        ("'min'", Column("scalar", "min"), "min"),
        ("min", Column("scalar", "min"), "min"),
        ("min step", Column("scalar", "step", "min"), "step"),
        ("=lr as x", Column("flag", "lr", title="x"), "x"),
        ("loss as 'a, \"b\"'", Column("scalar", "loss", title='a, "b"'), 'a, "b"'),
        ("min loss step as x", Column("scalar", "loss", "min", True, "x"), "x"),
    ],
)
def test_column(text: str, column: Column, header: str) -> None:
    assert columns.parse_column(text) == column
    assert column.header == header


def test_lists() -> None:
    assert columns.parse_columns(" ") == []
    assert columns.parse_columns("=a,b , c as 'd,e'") == [
        Column("flag", "a"),
        Column("scalar", "b"),
        Column("scalar", "c", title="d,e"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",", "expected a column at position 2"),
        ("loss,,acc", "expected a column at position 10"),
        ("loss foo", "unexpected 'foo' at position 6"),
        ("loss as", "expected one word or a quoted text after 'as' at position 8"),
        ("loss as a b", "expected one word or a quoted text after 'as' at position 11"),
        ("min =lr", "'=lr' is no scalar at position 5"),
        ("=lr step", "'=lr' is no scalar at position 1"),
        ("=", "'=' is no scalar at position 1"),
        ("count loss step", "a scalar's count has no step at position 7"),
        ("'loss", 'unexpected "\'" at position 1'),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(GuildError) as error:
        columns.parse_columns(text)
    assert error.value.message == f"invalid columns {text!r}: {message}"


_PIECES = st.sampled_from(["a", "=", ".", "'b c'", "min", "step", "as", ",", "#", '"', "\\"])


@given(st.lists(_PIECES, max_size=8).map(" ".join) | st.text())
def test_any_text_is_read_or_told_of(text: str) -> None:
    with contextlib.suppress(GuildError):
        columns.parse_columns(text)
