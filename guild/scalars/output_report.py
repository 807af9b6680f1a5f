"""What `--test-output-scalars` shows: which patterns match which lines, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from guild.scalars.output_patterns import NUMBER, Pattern
from guild.scalars.output_scalars import (
    LONGEST_LINE,
    OutputScalarParser,
    decode_line,
    json_numbers,
    parse_number,
)


def output_scalars_report(lines: Iterable[bytes], spec: Any = None) -> Iterator[str]:
    """The lines of the report on `lines` of output, for the operation's `output-scalars`.

    After each line of output comes one for each pattern: what it captured and the
    scalars of that. Raises GuildError for a bad pattern.
    """
    parser = OutputScalarParser(spec)
    if not parser.patterns:
        yield "Output scalars disabled, nothing to test"
        return
    for line in lines:
        text = decode_line(line)
        yield text
        if len(line) > LONGEST_LINE:
            yield f"  <not searched: longer than {LONGEST_LINE} bytes>"
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
    found: dict[str, str] = {}
    for name, text in matches:
        number = parse_number(text)
        if number is None:
            found.setdefault(name, f"{name}: {str(text)!r} is not a number")
        else:
            found[name] = f"{name}={number}"
    return f"({', '.join(found.values())})"


# What is nearly `name: 1.0`, and what keeps it from being so.
_NEARLY = (
    (re.compile(rf"[ \t]+[^ \t]+:[ \t]+{NUMBER}"), "a name starts at the start of the line"),
    (re.compile(rf"[^ \t]+:{NUMBER}$"), "there is no space after the colon"),
    (re.compile(rf"[^:]*[^ \t:]+[ \t]*:[ \t]+{NUMBER}$"), "a name has no spaces"),
    (re.compile(rf"[^ \t]+[ \t]*=[ \t]*{NUMBER}"), "a colon and not = follows the name"),
    (re.compile(rf"[^ \t]+:[ \t]+{NUMBER}(?![ \t]*\()[ \t]*\S"), "something follows the number"),
)
_IS_DEFAULT = re.compile(rf"[^ \t]+:[ \t]+{NUMBER}(?:[ \t]+\(.*\))?$")


def _why_not(text: str) -> str | None:
    """Why a line that looks like a scalar is none by default."""
    if _IS_DEFAULT.match(text):
        return None
    return next((f"no scalar: {why}" for near, why in _NEARLY if near.match(text)), None)
