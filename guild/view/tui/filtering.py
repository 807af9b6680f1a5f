"""The filter field: a filter expression, or words to search for."""

from __future__ import annotations

import re
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.index import expressions
from guild.index.expressions import Expression

_COMPARES = re.compile(r"[=<>!]")


class FilterText(NamedTuple):
    """The parsed content of the filter field; empty if all attributes are.

    Attributes:
        words: words that must all occur in a row, in lower case.
        expression: the expression that must hold for the run.
        error: the error in an expression that is invalid or incomplete.
    """

    words: tuple[str, ...] = ()
    expression: Expression | None = None
    error: str | None = None


def parse_filter_text(text: str) -> FilterText:
    """Parse `text` as an expression such as `loss < 0.5`, or else as words.

    Invalid text that contains a comparison sign is an incomplete expression, not words.
    """
    if not text.strip():
        return FilterText()
    try:
        return FilterText(expression=expressions.parse_expression(text))
    except GuildError as error:
        if _COMPARES.search(text):
            return FilterText(error=error.message)
    return FilterText(words=tuple(text.lower().split()))
