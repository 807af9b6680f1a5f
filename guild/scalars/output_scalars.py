"""A parser of scalars in output, by line or, much faster, by chunks of lines."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from guild.base.named_tuple import NamedTuple
from guild.scalars.output_patterns import DEFAULT_PATTERNS, NUMBER, STEP, compile_patterns

_STEP_LIMIT = 1 << 63
# A longer line, in bytes, is data rather than a message, and searching it may take very long.
MAX_LINE_LENGTH = 1 << 14
_LINE_END = " \t\r\n\v\f"


class Series(NamedTuple):
    """Scalars of one tag in the order of the output."""

    steps: list[int]
    values: list[float]


class OutputScalarParser:
    """A parser of scalars in output, whose only state is the current step.

    `spec` is the operation's `output-scalars`: None for lines `key: value` and JSON objects, False
    for no scalars, else patterns (see `output_patterns`). Raises GuildError if one is invalid.

    Attributes:
        step: the step of the next scalar.
    """

    def __init__(self, spec: Any = None) -> None:
        self.step = 0
        self.patterns = compile_patterns(spec)
        self.is_default = self.patterns is DEFAULT_PATTERNS

    def feed(self, line: bytes) -> list[tuple[str, float]]:
        """Return the scalars of a line, each tag once. Their step is `self.step`."""
        if len(line) > MAX_LINE_LENGTH:
            return []
        text = decode_line(line)
        scalars: dict[str, float] = {}
        step = None
        for key, value in self._matches_of(text):
            number = parse_number(value)
            if key == STEP:
                step = _parse_step(value)
            elif number is not None:
                scalars[key] = number
        if step is not None:
            self.step = step
        return list(scalars.items())

    def _matches_of(self, text: str) -> Iterator[tuple[str, str]]:
        if self.is_default:
            yield from json_numbers(text)
        for pattern in self.patterns:
            yield from pattern.matches(text)

    def feed_chunk(self, data: bytes) -> dict[str, Series]:
        """Return the scalars of whole lines by tag, as `feed` does for one line."""
        if not self.patterns or (self.is_default and b":" not in data):
            return {}
        by_tag: dict[str, Series] | None = None
        if self.is_default and b"(" not in data and b"{" not in data:
            by_tag = self._pairs(data)
            if by_tag is None:
                by_tag = self._matches(data)
        return self._lines(data) if by_tag is None else by_tag

    def _lines(self, data: bytes) -> dict[str, Series]:
        by_tag: dict[str, Series] = {}
        for line in data.split(b"\n"):
            for tag, value in self.feed(line):
                series = by_tag.get(tag)
                if series is None:
                    series = by_tag[tag] = Series([], [])
                series.steps.append(self.step)
                series.values.append(value)
        return by_tag

    def _pairs(self, data: bytes) -> dict[str, Series] | None:
        """Return the scalars of lines `KEY: VALUE`; None if a line has another form.

        Lines with exactly one space need no regular expression.
        """
        count = data.count(b"\n")
        if data.translate(None, _NO_SPACE) != b" \n" * count:
            return None
        words = data.split()
        keys = words[0::2]
        if len(words) != 2 * count or any(key[-1:] != b":" or key == b":" for key in set(keys)):
            return None
        try:
            return self._collect(zip(keys, words[1::2], strict=True))
        except ValueError:
            return None

    def _matches(self, data: bytes) -> dict[str, Series] | None:
        """Return the scalars of lines `KEY: VALUE` among other lines."""
        try:
            return self._collect(re.findall(_KEY_VALUE, data))
        except ValueError:
            return None

    def _collect(self, pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, Series]:
        """Return the scalars of pairs of keys, which end in a colon, and values.

        Raises ValueError, without changing the state, if the lines must be parsed one at a time.
        """
        by_key: dict[bytes, tuple[list[int], list[bytes]]] = {}
        step = self.step
        for key, value in pairs:
            if key == b"step:":
                step = int(value)
                continue
            try:
                steps, values = by_key[key]
            except KeyError:
                steps, values = by_key[key] = ([], [])
            steps.append(step)
            values.append(value)
        by_tag = {
            _tag(key[:-1]): Series(steps, list(map(float, values)))
            for key, (steps, values) in by_key.items()
        }
        all_steps = [[step], *(steps for steps, _ in by_tag.values())]
        if len(by_tag) < len(by_key) or not all(map(_are_steps, all_steps)):
            raise ValueError("tags that decode to the same string, or an invalid step")
        self.step = step
        return by_tag


# The regular expression handles lines with other spaces than the one after the colon, and with
# underscores, which `float` accepts in numbers.
_NO_SPACE = bytes(set(range(256)) - set(b" \n\t\r\v\f_"))
_KEY_VALUE = rb"(?m)^([^ \t\n]+:)[ \t]+(%b)[ \t\r\v\f]*$" % NUMBER.encode()


def _tag(key: bytes) -> str:
    if len(key) > MAX_LINE_LENGTH:
        raise ValueError("line is too long")
    return key.decode("utf-8", "replace")


def _are_steps(steps: list[int]) -> bool:
    return min(steps) >= -_STEP_LIMIT and max(steps) < _STEP_LIMIT


def decode_line(line: bytes) -> str:
    """Decode a line for patterns, without trailing white space."""
    return line.decode("utf-8", "replace").rstrip(_LINE_END)


def json_numbers(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and string of each number in a line that is a JSON object."""
    if not (text.startswith("{") and text.endswith("}")):
        return
    import json  # which most runs do not need

    try:
        data = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return
    for key, value in data.items():
        if isinstance(value, _Number):
            yield key, value


class _Number(str):
    """A number in a JSON document, as written."""


def parse_number(text: str) -> float | None:
    """Return the number in a captured string; None if it is not a number."""
    try:
        return float(text)
    except ValueError:
        return None


def _parse_step(text: str) -> int | None:
    """Return the step in `text`, truncated to an integer; None if it is not a step."""
    try:
        step = int(text)
    except ValueError:
        number = parse_number(text)
        if number is None or not math.isfinite(number):
            return None
        step = int(number)
    return step if _are_steps([step]) else None
