"""Column specifications: `=lr`, `.label`, `loss`, `min val#loss step as best step`.

See docs/languages.md for the grammar.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base.errors import GuildError
from guild.index.fields import get_field
from guild.index.query import IndexedRun
from guild.scalars import scalar_names
from guild.scalars.scalar_names import QUALIFIERS

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary

Getter = Callable[[IndexedRun, Sequence["ScalarSummary"]], Any]


class Column(NamedTuple):
    """A column specification.

    Attributes:
        kind: `flag`, `attr`, `scalar`, or `step` for the highest step of any scalar.
        name: the name of the flag or attribute, or of the scalar as `[PREFIX#]TAG`.
        qualifier: the value of a scalar, one of `QUALIFIERS`; empty for the last value.
        step: show the step of that value instead of the value.
        title: the title given by `as`; empty by default.
    """

    kind: str
    name: str
    qualifier: str = ""
    step: bool = False
    title: str = ""

    @property
    def header(self) -> str:
        """The header of the column, without the qualifier."""
        if self.title:
            return self.title
        if self.kind != "scalar":
            return self.name
        name = self.name.replace("#", " ").strip()
        return f"{name} step" if self.step else name

    @property
    def full_header(self) -> str:
        """The header with the qualifier, for use when the plain header is taken."""
        return f"{self.qualifier} {self.header}" if self.qualifier else self.header


STEP = Column("step", "step")


def get_value(column: Column, run: IndexedRun, scalars: Sequence[ScalarSummary]) -> Any:
    """Return the value of a column for a run with `scalars`; None if it is missing."""
    return make_getter(column)(run, scalars)


@functools.lru_cache(maxsize=1000)
def make_getter(column: Column) -> Getter:
    """Return a function that gets the value of `column` for any run, as `get_value` does."""
    name = column.name
    if column.kind == "flag":
        return lambda run, _: run.flags.get(name)
    if column.kind == "attr":
        return lambda run, _: get_field(run, name)
    if column.kind == "step":
        return lambda _, scalars: last_step(scalars)
    return lambda _, scalars: get_scalar(column, scalars)


def get_scalar(column: Column, scalars: Sequence[ScalarSummary]) -> float | int | None:
    """Return the value of a scalar column; None if the run does not have it."""
    scalar = scalar_names.find_scalar(scalars, column.name)
    if scalar is None:
        return None
    return scalar_names.get_scalar_value(scalar, column.qualifier, column.step)


def list_tags(column: Column) -> set[str] | None:
    """Return the tags of the scalars that the column needs; None for all."""
    if column.kind == "step":
        return None
    return {scalar_names.split_name(column.name)[1]} if column.kind == "scalar" else set()


def last_step(scalars: Sequence[ScalarSummary]) -> int | None:
    """Return the highest step of any scalar, ignoring system metrics."""
    steps = [scalar.last_step for scalar in scalars if not scalar_names.is_system(scalar.tag)]
    return max(steps, default=None)


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comma>,)
  | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<word>[^\s,"']+(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')?)
    """,
    re.VERBOSE,
)


def parse_columns(text: str) -> list[Column]:
    """Parse columns separated by commas. A blank text contains none.

    Raises GuildError with the position of a syntax error.
    """
    if not text.strip():
        return []
    specs: list[list[_Token]] = [[]]
    for token in _tokens(text):
        if token.kind == "comma":
            specs.append([])
        else:
            specs[-1].append(token)
    return [_parse(text, tokens) for tokens in specs]


def parse_column(text: str) -> Column:
    """Parse a single column. Raises GuildError with the position of a syntax error."""
    columns = parse_columns(text)
    if len(columns) != 1:
        raise GuildError(f"invalid col spec {text!r}: expected one column but got {len(columns)}")
    return columns[0]


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise _error(text, position, f"unexpected token {text[position]!r}")
        if match.lastgroup != "space":
            tokens.append(_Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    return tokens


def _error(text: str, position: int, message: str) -> GuildError:
    line = text.count("\n", 0, position) + 1
    # Guild AI 0.9 wording
    return GuildError(f"invalid col spec {text!r}: {message}, line {line}, pos {position}")


def _parse(text: str, tokens: list[_Token]) -> Column:
    """Parse `[QUALIFIER] NAME [step] [as TITLE]`."""
    rest = list(tokens)
    title = _take_title(text, rest)
    if not rest:
        at = tokens[0].position if tokens else len(text)
        raise _error(text, at, "expected a column")
    qualifier = rest.pop(0).text if len(rest) > 1 and rest[0].text in QUALIFIERS else ""
    name = rest.pop(0)
    step = bool(rest) and rest[0].text == "step"
    if step:
        rest.pop(0)
    if rest:
        raise _error(text, rest[0].position, f"unexpected token {rest[0].text!r}")
    column = _named(text, name, qualifier, step)
    if column.step and column.qualifier in ("avg", "total", "count"):
        raise _error(text, name.position, f"a {column.qualifier} does not have a step")
    return column._replace(title=title)


def _take_title(text: str, tokens: list[_Token]) -> str:
    at = next((i for i, token in enumerate(tokens) if i and token.text == "as"), None)
    if at is None:
        return ""
    title = tokens[at + 1 :]
    del tokens[at:]
    if len(title) != 1:
        at = title[1].position if title else len(text)
        raise _error(text, at, "expected a word or a quoted string after 'as'")
    return _unquoted(title[0].text)


def _named(text: str, token: _Token, qualifier: str, step: bool) -> Column:
    name = _unquoted(token.text)
    if token.kind == "quoted":
        return Column("scalar", name, qualifier, step)
    kind = {"=": "flag", ".": "attr"}.get(name[:1], "scalar")
    if "#" in name and kind == "attr":  # a scalar in a hidden folder
        kind = "scalar"
    if kind == "scalar":
        is_plain = name == "step" and not qualifier and not step
        return STEP if is_plain else Column("scalar", name, qualifier, step)
    if qualifier or step or not name[1:]:
        raise _error(text, token.position, f"{token.text!r} is not a scalar")
    return Column(kind, _unquoted(name[1:]))


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "'\"" and text[0] == text[-1]:
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text
