"""The report of `--test-output-scalars`: the matches of each pattern in each line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from guild.scalars.output_patterns import NUMBER, Pattern
from guild.scalars.output_scalars import (
    MAX_LINE_LENGTH,
    OutputScalarParser,
    decode_line,
    json_numbers,
    parse_number,
)


def output_scalars_report(lines: Iterable[bytes], spec: Any = None) -> Iterator[str]:
    """Yield the lines of a report about `lines` of output; `spec` is `output-scalars`.

    Each line of output is followed by one line per pattern, with its groups and scalars. Raises
    GuildError if a pattern is invalid.
    """
    parser = OutputScalarParser(spec)
    if not parser.patterns:
        yield "Output scalars disabled, nothing to test"
        return
    for line in lines:
        text = decode_line(line)
        yield text
        if len(line) > MAX_LINE_LENGTH:
            yield f"  <not searched: longer than {MAX_LINE_LENGTH} bytes>"
            continue
        for pattern in parser.patterns:
            yield f"  {pattern.text!r}: {_outcome(pattern, text)}"
        if parser.is_default:
            if numbers := list(json_numbers(text)):
                yield f"  JSON: {_scalars(numbers)}"
            elif reason := _why_not(text):
                yield f"  {reason}"


def _outcome(pattern: Pattern, text: str) -> str:
    captured = [match.groups() for match in pattern.regex.finditer(text)]
    if not captured:
        return "<no matches>"
    return f"{captured} {_scalars(pattern.matches(text))}"


def _scalars(matches: Iterable[tuple[str, str]]) -> str:
    results: dict[str, str] = {}
    for name, text in matches:
        number = parse_number(text)
        if number is None:
            results.setdefault(name, f"{name}: {str(text)!r} is not a number")
        else:
            results[name] = f"{name}={number}"
    return f"({', '.join(results.values())})"


# Lines that nearly have the form `name: 1.0`, and the difference.
_NEARLY = (
    (re.compile(rf"[ \t]+[^ \t]+:[ \t]+{NUMBER}"), "the line must start with the name"),
    (re.compile(rf"[^ \t]+:{NUMBER}$"), "a space must follow the colon"),
    (re.compile(rf"[^:]*[^ \t:]+[ \t]*:[ \t]+{NUMBER}$"), "names cannot contain spaces"),
    (re.compile(rf"[^ \t]+[ \t]*=[ \t]*{NUMBER}"), "a colon, not =, must follow the name"),
    (
        re.compile(rf"[^ \t]+:[ \t]+{NUMBER}(?![ \t]*\()[ \t]*\S"),
        "the number must end the line",
    ),
)
_IS_DEFAULT = re.compile(rf"[^ \t]+:[ \t]+{NUMBER}(?:[ \t]+\(.*\))?$")


def _why_not(text: str) -> str | None:
    """Return the reason why a line that looks like a scalar does not match by default."""
    if _IS_DEFAULT.match(text):
        return None
    return next((f"no scalar: {why}" for near, why in _NEARLY if near.match(text)), None)
