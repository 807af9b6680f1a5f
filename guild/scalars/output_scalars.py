"""From output to scalars: a line at a time, or quickly, a chunk of lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from guild.scalars.output_patterns import DEFAULT_PATTERNS, NUMBER, STEP, compile_patterns

_STEP_LIMIT = 1 << 63
# A longer line, in bytes, is data and not a message; searching it may take very long.
LONGEST_LINE = 1 << 14
_LINE_END = " \t\r\n\v\f"


class Series(NamedTuple):
    """Scalars of one tag, in the order in which they came."""

    steps: list[int]
    values: list[float]


class OutputScalarParser:
    """Finds scalars in output; the current step is all it remembers.

    `spec` is the operation's `output-scalars`: None for lines `key: value` and JSON
    objects, False for nothing, else patterns (see `output_patterns`). Raises
    GuildError for a bad one.

    Attributes:
        step: the step of the next scalar.
    """

    def __init__(self, spec: Any = None) -> None:
        self.step = 0
        self.patterns = compile_patterns(spec)
        self.is_default = self.patterns is DEFAULT_PATTERNS

    def feed(self, line: bytes) -> list[tuple[str, float]]:
        """The scalars of a line, each tag once; they are of the step `self.step`."""
        if len(line) > LONGEST_LINE:
            return []
        text = decode_line(line)
        found: dict[str, float] = {}
        step = None
        for key, value in self._matches_of(text):
            number = parse_number(value)
            if key == STEP:
                step = _parse_step(value)
            elif number is not None:
                found[key] = number
        if step is not None:
            self.step = step
        return list(found.items())

    def _matches_of(self, text: str) -> Iterator[tuple[str, str]]:
        if self.is_default:
            yield from json_numbers(text)
        for pattern in self.patterns:
            yield from pattern.matches(text)

    def feed_chunk(self, data: bytes) -> dict[str, Series]:
        """The scalars of whole lines, by tag: as `feed` finds them, but many at a time."""
        if not self.patterns:
            return {}
        found: dict[str, Series] | None = None
        if self.is_default and b"(" not in data and b"{" not in data:
            found = self._pairs(data)
            if found is None:
                found = self._matches(data)
        return self._lines(data) if found is None else found

    def _lines(self, data: bytes) -> dict[str, Series]:
        found: dict[str, Series] = {}
        for line in data.split(b"\n"):
            for tag, value in self.feed(line):
                series = found.get(tag)
                if series is None:
                    series = found[tag] = Series([], [])
                series.steps.append(self.step)
                series.values.append(value)
        return found

    def _pairs(self, data: bytes) -> dict[str, Series] | None:
        """The scalars of lines that all are `KEY: VALUE`; None if one is not so.

        No regular expression is needed where each line has just the one space.
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
        """The scalars of lines `KEY: VALUE` among others."""
        try:
            return self._collect(_KEY_VALUE.findall(data))
        except ValueError:
            return None

    def _collect(self, pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, Series]:
        """The scalars of keys, each with its colon, and values.

        Raises ValueError, with nothing changed, where they need a closer look.
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
        found = {
            _tag(key[:-1]): Series(steps, list(map(float, values)))
            for key, (steps, values) in by_key.items()
        }
        all_steps = [[step], *(steps for steps, _ in found.values())]
        if len(found) < len(by_key) or not all(map(_are_steps, all_steps)):
            raise ValueError("tags that decode to the same, or a step that is none")
        self.step = step
        return found


# Where lines hold another space than the one after the colon, or an underscore,
# which `float` allows in a number, the regular expression decides.
_NO_SPACE = bytes(set(range(256)) - set(b" \n\t\r\v\f_"))
_KEY_VALUE = re.compile(rb"^([^ \t\n]+:)[ \t]+(%b)[ \t\r\v\f]*$" % NUMBER.encode(), re.MULTILINE)


def _tag(key: bytes) -> str:
    if len(key) > LONGEST_LINE:
        raise ValueError("line is too long")
    return key.decode("utf-8", "replace")


def _are_steps(steps: list[int]) -> bool:
    return min(steps) >= -_STEP_LIMIT and max(steps) < _STEP_LIMIT


def decode_line(line: bytes) -> str:
    """A line as patterns see it: without white space at its end."""
    return line.decode("utf-8", "replace").rstrip(_LINE_END)


def json_numbers(text: str) -> Iterator[tuple[str, str]]:
    """Name and text of each number in a line that is a JSON object."""
    if not (text.startswith("{") and text.endswith("}")):
        return
    try:
        data = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return
    for key, value in data.items():
        if isinstance(value, _Number):
            yield key, value


class _Number(str):
    """A number of a JSON text, as written there."""


def parse_number(text: str) -> float | None:
    """The number that a pattern captured; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _parse_step(text: str) -> int | None:
    """The step that `text` names, cut to a whole number; None where it is none."""
    try:
        step = int(text)
    except ValueError:
        number = parse_number(text)
        if number is None or not math.isfinite(number):
            return None
        step = int(number)
    return step if _are_steps([step]) else None
