"""The filter field of the table."""

from __future__ import annotations

from guild.view.tui.filtering import FilterText, parse_filter_text


def test_words() -> None:
    assert parse_filter_text(" ") == FilterText()
    assert parse_filter_text("Train  best") == FilterText(words=("train", "best"))


def test_expression() -> None:
    expression = parse_filter_text("loss < 0.5").expression
    assert expression is not None
    assert [reference.name for reference in expression.references] == ["loss"]


def test_incomplete_expression() -> None:
    text = parse_filter_text("loss <")
    assert (text.words, text.expression) == ((), None)
    assert text.error is not None
    assert "unexpected end" in text.error
