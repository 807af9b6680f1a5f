"""Filter expressions: `operation = train and (acc > 0.9 or last loss < 0.3)`.

The grammar is in docs/languages.md. `parse` gives a function of a run's values; the
names in the expression are looked up by the caller.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.index.scalar_values import Float32
from guild.scalars.scalar_names import QUALIFIERS


class Reference(NamedTuple):
    """What an expression compares.

    Attributes:
        kind: `attr`, `flag` or `scalar`; empty for the first of them that has the name.
        name: the attribute, the flag, or the scalar as `[PREFIX#]TAG`.
        qualifier: of a scalar, one of `QUALIFIERS`, empty for the last value.
        step: the step of that value instead of the value.
    """

    kind: str
    name: str
    qualifier: str = ""
    step: bool = False


Lookup = Callable[[Reference], Any]
Condition = Callable[[Lookup], bool]


class Expression(NamedTuple):
    """A parsed expression.

    Attributes:
        holds: whether it holds for a run, given a function that looks up its values
            (None for what the run does not have).
        references: all that it looks up.
    """

    holds: Condition
    references: tuple[Reference, ...]


def parse_expression(text: str) -> Expression:
    """Read a filter expression. Raises GuildError with the position of the fault."""
    return _Parser(text).parse()


class _Token(NamedTuple):
    kind: str
    text: str
    value: Any
    position: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<sign><=|>=|<>|!=|=|<|>|\(|\)|\[|\]|,)
  | (?P<word>(?:[^\s"'=<>!()\[\],\\])+)
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NAME = re.compile(r"(?:(?P<kind>attr|flag|scalar):)?(?P<name>[A-Za-z_.#/].*)", re.DOTALL)
_KEYWORDS = frozenset(("and", "or", "not", "in", "is", "contains", "undefined"))
_COMPARISONS = frozenset(("=", "!=", "<>", "<", "<=", ">", ">="))
_CONSTANTS = {"true": True, "false": False}
_END = "the end"


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise _error(text, position, f"unexpected character {text[position]!r}")
        kind, found = str(match.lastgroup), match.group()
        if kind == "text":
            value: Any = re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.DOTALL)
            tokens.append(_Token("text", found, value, position))
        elif kind == "sign":
            tokens.append(_Token(found, found, None, position))
        elif kind == "word":
            tokens.append(_word(found, position))
        position = match.end()
    return [*tokens, _Token(_END, "", None, len(text))]


def _word(text: str, position: int) -> _Token:
    if text.lower() in _KEYWORDS:
        return _Token(text.lower(), text, None, position)
    if _NUMBER.fullmatch(text):
        value = int(text) if text.lstrip("+-").isdigit() and len(text) < 1000 else float(text)
        return _Token("number", text, value, position)
    return _Token("word", text, _CONSTANTS.get(text.lower(), text), position)


def _error(text: str, position: int, message: str) -> GuildError:
    return GuildError(f"invalid filter {text!r}: {message} at position {position + 1}")


class _Parser:
    """By recursive descent; a method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.references: list[Reference] = []

    def parse(self) -> Expression:
        holds = self.disjunction()
        if self.next.kind != _END:
            raise self.unexpected("'and', 'or' or the end")
        return Expression(holds, tuple(dict.fromkeys(self.references)))

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def took(self, kind: str) -> bool:
        """Take the next token if it is of `kind`."""
        if self.next.kind != kind:
            return False
        self.at += 1
        return True

    def unexpected(self, wanted: str) -> GuildError:
        found = f"{self.next.text!r}" if self.next.kind != _END else "nothing"
        return _error(self.text, self.next.position, f"expected {wanted}, got {found}")

    def disjunction(self) -> Condition:
        terms = [self.conjunction()]
        while self.took("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else lambda run: any(term(run) for term in terms)

    def conjunction(self) -> Condition:
        terms = [self.negation()]
        while self.took("and"):
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else lambda run: all(term(run) for term in terms)

    def negation(self) -> Condition:
        negated = False
        while self.took("not"):
            negated = not negated
        term = self.group() if self.next.kind == "(" else self.comparison()
        return (lambda run: not term(run)) if negated else term

    def group(self) -> Condition:
        opened = self.take()
        self.depth += 1
        if self.depth > 100:
            raise _error(self.text, opened.position, "more than 100 nested parentheses")
        inner = self.disjunction()
        if not self.took(")"):
            raise self.unexpected("')'")
        self.depth -= 1
        return inner

    def comparison(self) -> Condition:
        reference = self.reference()
        self.references.append(reference)
        token = self.next
        if token.kind in _COMPARISONS:
            self.at += 1
            return _compared(reference, token.kind, self.value())
        if self.took("is"):
            negated = self.took("not")
            return _compared(reference, "!=" if negated else "=", self.value())
        negated = self.took("not")
        if self.took("in"):
            return _among(reference, self.list(), negated)
        if self.took("contains"):
            return _containing(reference, self.value(), negated)
        wanted = "'in' or 'contains'" if negated else "an operator such as '=', '<' or 'contains'"
        raise self.unexpected(wanted)

    def reference(self) -> Reference:
        words = [self.name()]
        while self.next.kind in ("word", "text") and len(words) < 3:
            words.append(self.name())
        *front, last = words
        if front and last.text == "step":
            words, step = front, True
        else:
            step = False
        if len(words) == 1:
            return self.named(words[0], "", step)
        if len(words) == 2 and words[0].text in QUALIFIERS:
            return self.named(words[1], words[0].text, step)
        at = words[1].position if len(words) > 1 else words[0].position
        raise _error(self.text, at, f"unexpected {words[1].text!r}")

    def name(self) -> _Token:
        if self.next.kind not in ("word", "text"):
            raise self.unexpected("a name")
        return self.take()

    def named(self, token: _Token, qualifier: str, step: bool) -> Reference:
        is_scalar = bool(qualifier) or step
        if token.kind == "text":
            return Reference("scalar" if is_scalar else "", token.value, qualifier, step)
        match = _NAME.fullmatch(token.text)
        if not match:
            raise _error(self.text, token.position, f"expected a name, got {token.text!r}")
        kind = match["kind"] or ""
        if is_scalar and kind not in ("", "scalar"):
            raise _error(self.text, token.position, f"{token.text!r} is no scalar")
        return Reference("scalar" if is_scalar else kind, match["name"], qualifier, step)

    def value(self) -> _Token:
        if self.next.kind not in ("word", "text", "number", "undefined"):
            raise self.unexpected("a value")
        return self.take()

    def list(self) -> list[_Token]:
        if not self.took("["):
            raise self.unexpected("a list such as [1, 2]")
        values: list[_Token] = []
        if self.took("]"):
            return values
        values.append(self.value())
        while self.took(","):
            values.append(self.value())
        if not self.took("]"):
            raise self.unexpected("',' or ']'")
        return values


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compared(reference: Reference, operator: str, target: _Token) -> Condition:
    if operator == "=":
        return lambda lookup: _equal(lookup(reference), target)
    if operator in ("!=", "<>"):
        return lambda lookup: not _equal(lookup(reference), target)
    order = _ORDERS[operator]
    return lambda lookup: _ordered(order, lookup(reference), target)


def _among(reference: Reference, targets: list[_Token], negated: bool) -> Condition:
    def holds(lookup: Lookup) -> bool:
        value = lookup(reference)
        return any(_equal(value, target) for target in targets) is not negated

    return holds


def _containing(reference: Reference, target: _Token, negated: bool) -> Condition:
    part = _as_text(target.value if target.kind == "text" else target.text).lower()

    def holds(lookup: Lookup) -> bool:
        value = lookup(reference)
        return (value is not None and part in _as_text(value).lower()) is not negated

    return holds


def _as_text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_as_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_TRUTH = {"yes": True, "on": True, "no": False, "off": False}


def _equal(value: Any, target: _Token) -> bool:
    """Whether a run's value is the one that was written; text is never a number in quotes."""
    if target.kind == "undefined" or value is None:
        return target.kind == "undefined" and value is None
    if isinstance(value, str):
        return value == (target.value if target.kind == "text" else target.text)
    wanted = target.value
    if isinstance(value, bool) and target.kind == "word" and isinstance(wanted, str):
        return value == _TRUTH.get(wanted.lower())
    if isinstance(value, Float32) and target.kind == "number":
        return value == wanted or value == _single(wanted)
    return bool(value == wanted)


def _single(number: float) -> float:
    try:
        (single,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return float(single)


def _ordered(order: Callable[[Any, Any], bool], value: Any, target: _Token) -> bool:
    """Whether numbers, or texts, are in that order; a number and a text are in none."""
    if isinstance(value, str):
        if target.kind == "undefined":
            return False
        return order(value, target.value if target.kind == "text" else target.text)
    if not isinstance(value, (int, float)):
        return False
    return isinstance(target.value, (int, float)) and order(value, target.value)
