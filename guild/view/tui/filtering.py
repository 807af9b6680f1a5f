"""What is typed to filter the table: a filter expression, or words to look for."""

from __future__ import annotations

import re
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.index import expressions
from guild.index.expressions import Expression

_COMPARES = re.compile(r"[=<>!]")


class FilterText(NamedTuple):
    """What a text asks for; of nothing it asks for nothing.

    Attributes:
        words: each is to be found somewhere in a row.
        expression: holds for the run.
        fault: why the text, which compares something, is no expression (yet).
    """

    words: tuple[str, ...] = ()
    expression: Expression | None = None
    fault: str | None = None


def parse_filter_text(text: str) -> FilterText:
    """An expression such as `loss < 0.5` if `text` is one, else its words in lower case."""
    if not text.strip():
        return FilterText()
    try:
        return FilterText(expression=expressions.parse_expression(text))
    except GuildError as error:
        if _COMPARES.search(text):
            return FilterText(fault=error.message)
    return FilterText(words=tuple(text.lower().split()))
