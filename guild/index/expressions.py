"""Filter expressions: `operation = train and (acc > 0.9 or last loss < 0.3)`.

See docs/languages.md for the grammar. A parsed expression is a function of a run's values,
which the caller looks up by name.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.index.numbers import Float32
from guild.scalars.scalar_names import QUALIFIERS


class Reference(NamedTuple):
    """A reference to a value of a run.

    Attributes:
        kind: `attr`, `flag` or `scalar`; if empty, the first of these that has the name.
        name: the name of the attribute or flag, or of the scalar as `[PREFIX#]TAG`.
        qualifier: the value of a scalar, one of `QUALIFIERS`; empty for the last value.
        step: compare the step of that value instead of the value.
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
        holds: returns whether the expression holds for a run. It receives a function that
            looks up the run's values, and returns None for missing ones.
        references: the references that it looks up.
    """

    holds: Condition
    references: tuple[Reference, ...]


def parse_expression(text: str) -> Expression:
    """Parse a filter expression. Raises GuildError with the position of a syntax error."""
    return _Parser(text).parse()


class _Token(NamedTuple):
    kind: str
    text: str
    value: Any
    position: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
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
_TERM_ENDS = frozenset(("and", "or", ")", _END))


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise _error(position, f"unexpected character '{text[position]}'")
        kind, token = str(match.lastgroup), match.group()
        if kind == "string":
            value: Any = re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)
            tokens.append(_Token("string", token, value, position))
        elif kind == "sign":
            tokens.append(_Token(token, token, None, position))
        elif kind == "word":
            tokens.append(_word(token, position))
        position = match.end()
    return [*tokens, _Token(_END, "", None, len(text))]


def _word(text: str, position: int) -> _Token:
    if text.lower() in _KEYWORDS:
        return _Token(text.lower(), text, None, position)
    if _NUMBER.fullmatch(text):
        value = int(text) if text.lstrip("+-").isdigit() and len(text) < 1000 else float(text)
        return _Token("number", text, value, position)
    return _Token("word", text, _CONSTANTS.get(text.lower(), text), position)


def _error(position: int, message: str) -> GuildError:
    # Guild AI 0.9 wording
    return GuildError(f"syntax error in filter at position {position}: {message}")


class _Parser:
    """A recursive-descent parser with one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.references: list[Reference] = []

    def parse(self) -> Expression:
        holds = self.disjunction()
        if self.next.kind != _END:
            raise self.unexpected()
        return Expression(holds, tuple(dict.fromkeys(self.references)))

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of `kind`, and return whether it was."""
        if self.next.kind != kind:
            return False
        self.at += 1
        return True

    def unexpected(self) -> GuildError:
        """Return the error for the next token."""
        if self.next.kind == _END:
            # Guild AI 0.9 wording, with its spelling
            return GuildError("syntax error in filter - unexpected end of expresion")
        return _error(self.next.position, f"unexpected token '{self.next.text}'")

    def disjunction(self) -> Condition:
        """Parse `conjunction {'or' conjunction}`."""
        terms = [self.conjunction()]
        while self.accept("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else lambda run: any(term(run) for term in terms)

    def conjunction(self) -> Condition:
        """Parse `negation {'and' negation}`."""
        terms = [self.negation()]
        while self.accept("and"):
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else lambda run: all(term(run) for term in terms)

    def negation(self) -> Condition:
        """Parse `{'not'} (group | constant | comparison)`."""
        negated = False
        while self.accept("not"):
            negated = not negated
        if self.next.kind == "(":
            term = self.group()
        else:
            term = self.constant() or self.comparison()
        return (lambda run: not term(run)) if negated else term

    def constant(self) -> Condition | None:
        """Parse `'true' | 'false'`; None if the next token is a name, even of a value `true`."""
        value = self.next.value if self.next.kind == "word" else None
        if value not in (True, False) or self.tokens[self.at + 1].kind not in _TERM_ENDS:
            return None
        self.at += 1
        return lambda _run: value is True

    def group(self) -> Condition:
        """Parse `'(' disjunction ')'`."""
        opened = self.take()
        self.depth += 1
        if self.depth > 100:
            raise _error(opened.position, "more than 100 nested parentheses")
        inner = self.disjunction()
        if not self.accept(")"):
            raise self.unexpected()
        self.depth -= 1
        return inner

    def comparison(self) -> Condition:
        """Parse `reference operator value`."""
        reference = self.reference()
        self.references.append(reference)
        token = self.next
        if token.kind in _COMPARISONS:
            self.at += 1
            return _comparison(reference, token.kind, self.value())
        if self.accept("is"):
            negated = self.accept("not")
            return _comparison(reference, "!=" if negated else "=", self.value())
        negated = self.accept("not")
        if self.accept("in"):
            return _membership(reference, self.list(), negated)
        if self.accept("contains"):
            return _containment(reference, self.value(), negated)
        raise self.unexpected()

    def reference(self) -> Reference:
        """Parse `[qualifier] name ['step']`."""
        words = [self.name()]
        while self.next.kind in ("word", "string") and len(words) < 3:
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
        raise _error(at, f"unexpected token '{words[1].text}'")

    def name(self) -> _Token:
        if self.next.kind not in ("word", "string"):
            raise self.unexpected()
        return self.take()

    def named(self, token: _Token, qualifier: str, step: bool) -> Reference:
        is_scalar = bool(qualifier) or step
        if token.kind == "string":
            return Reference("scalar" if is_scalar else "", token.value, qualifier, step)
        match = _NAME.fullmatch(token.text)
        if not match:
            raise _error(token.position, f"unexpected token '{token.text}'")
        kind = match["kind"] or ""
        if is_scalar and kind not in ("", "scalar"):
            raise _error(token.position, f"{token.text!r} is not a scalar")
        return Reference("scalar" if is_scalar else kind, match["name"], qualifier, step)

    def value(self) -> _Token:
        if self.next.kind not in ("word", "string", "number", "undefined"):
            raise self.unexpected()
        return self.take()

    def list(self) -> list[_Token]:
        """Parse `'[' [value {',' value}] ']'`."""
        if not self.accept("["):
            raise self.unexpected()
        values: list[_Token] = []
        if self.accept("]"):
            return values
        values.append(self.value())
        while self.accept(","):
            values.append(self.value())
        if not self.accept("]"):
            raise self.unexpected()
        return values


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _comparison(reference: Reference, operator: str, target: _Token) -> Condition:
    if operator == "=":
        return lambda lookup: _equal(lookup(reference), target)
    if operator in ("!=", "<>"):
        return lambda lookup: not _equal(lookup(reference), target)
    order = _ORDERS[operator]
    return lambda lookup: _ordered(order, lookup(reference), target)


def _membership(reference: Reference, targets: list[_Token], negated: bool) -> Condition:
    def holds(lookup: Lookup) -> bool:
        value = lookup(reference)
        return any(_equal(value, target) for target in targets) is not negated

    return holds


def _containment(reference: Reference, target: _Token, negated: bool) -> Condition:
    part = _to_string(target.value if target.kind == "string" else target.text).lower()

    def holds(lookup: Lookup) -> bool:
        value = lookup(reference)
        return (value is not None and part in _to_string(value).lower()) is not negated

    return holds


def _to_string(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_to_string(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}


def _equal(value: Any, target: _Token) -> bool:
    """Return whether a run's value equals a token; a quoted number equals only strings."""
    if target.kind == "undefined" or value is None:
        return target.kind == "undefined" and value is None
    if isinstance(value, str):
        return value == (target.value if target.kind == "string" else target.text)
    expected = target.value
    if isinstance(value, bool) and target.kind == "word" and isinstance(expected, str):
        return value == _BOOLEANS.get(expected.lower())
    if isinstance(value, Float32) and target.kind == "number":
        return value == expected or value == _to_single(expected)
    return bool(value == expected)


def _to_single(number: float) -> float:
    try:
        (single,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return float(single)


def _ordered(order: Callable[[Any, Any], bool], value: Any, target: _Token) -> bool:
    """Return whether two numbers or two strings are in order; mixed types never are."""
    if isinstance(value, str):
        if target.kind == "undefined":
            return False
        return order(value, target.value if target.kind == "string" else target.text)
    if not isinstance(value, (int, float)):
        return False
    return isinstance(target.value, (int, float)) and order(value, target.value)
