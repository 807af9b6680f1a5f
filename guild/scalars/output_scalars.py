"""From output to scalars: a line at a time, or quickly, a chunk of lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from guild.scalars.output_patterns import DEFAULT_PATTERNS, NUMBER, STEP, compile_patterns

_STEP_LIMIT = 1 << 63
# A longer line, in bytes, is data and not a message; searching it may take very long.
_LONGEST_LINE = 1 << 14
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
        if len(line) > _LONGEST_LINE:
            return []
        text = line.decode("utf-8", "replace").rstrip(_LINE_END)
        found = _json_scalars(text) if self.is_default else {}
        for pattern in self.patterns:
            for key, value in pattern.matches(text):
                number = _number(value)
                if number is not None:
                    found[key] = number
        step = found.pop(STEP, None)
        if step is not None:
            self._set_step(step)
        return list(found.items())

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

    def _set_step(self, step: float) -> None:
        if math.isfinite(step) and -_STEP_LIMIT <= step < _STEP_LIMIT:
            self.step = int(step)

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
        if len(found) < len(by_key) or not all(_are_steps(steps) for steps, _ in found.values()):
            raise ValueError("tags that decode to the same, or a step that is none")
        self._set_step(step)
        return found


# Where lines hold another space than the one after the colon, or an underscore,
# which `float` allows in a number, the regular expression decides.
_NO_SPACE = bytes(set(range(256)) - set(b" \n\t\r\v\f_"))
_KEY_VALUE = re.compile(rb"^([^ \t\n]+:)[ \t]+(%b)[ \t\r\v\f]*$" % NUMBER.encode(), re.MULTILINE)


def _tag(key: bytes) -> str:
    if len(key) > _LONGEST_LINE:
        raise ValueError("line is too long")
    return key.decode("utf-8", "replace")


def _are_steps(steps: list[int]) -> bool:
    return min(steps) >= -_STEP_LIMIT and max(steps) < _STEP_LIMIT


def _json_scalars(text: str) -> dict[str, float]:
    """The numbers of a line that is a JSON object."""
    if not (text.startswith("{") and text.endswith("}")):
        return {}
    try:
        data = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in data.items() if isinstance(value, float)}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
