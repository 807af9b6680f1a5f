"""Syntax of column specifications."""

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


def test_parse_list() -> None:
    assert columns.parse_columns(" ") == []
    assert columns.parse_columns("=a,b , c as 'd,e'") == [
        Column("flag", "a"),
        Column("scalar", "b"),
        Column("scalar", "c", title="d,e"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",", "expected a column, line 1, pos 1"),
        ("loss,,acc", "expected a column, line 1, pos 9"),
        ("loss foo", "unexpected token 'foo', line 1, pos 5"),
        ("loss\nfoo", "unexpected token 'foo', line 2, pos 5"),
        ("loss as", "expected a word or a quoted string after 'as', line 1, pos 7"),
        ("loss as a b", "expected a word or a quoted string after 'as', line 1, pos 10"),
        ("min =lr", "'=lr' is not a scalar, line 1, pos 4"),
        ("=lr step", "'=lr' is not a scalar, line 1, pos 0"),
        ("=", "'=' is not a scalar, line 1, pos 0"),
        ("count loss step", "a count does not have a step, line 1, pos 6"),
        ("'loss", 'unexpected token "\'", line 1, pos 0'),
    ],
)
def test_syntax_error(text: str, message: str) -> None:
    with pytest.raises(GuildError) as error:
        columns.parse_columns(text)
    assert error.value.message == f"invalid col spec {text!r}: {message}"


_PIECES = st.sampled_from(["a", "=", ".", "'b c'", "min", "step", "as", ",", "#", '"', "\\"])


@given(st.lists(_PIECES, max_size=8).map(" ".join) | st.text())
def test_any_text_parses_or_raises_guild_error(text: str) -> None:
    with contextlib.suppress(GuildError):
        columns.parse_columns(text)
