"""The YAML of attribute files, read without a YAML parser where it is plain.

Thousands of runs with a dozen small files each are read when the index is built.
Nearly all hold a number, a word or a flat mapping in the form that Guild writes;
these are recognized by strict patterns, and everything else goes to the parser.
The value is always the parser's.
"""

from __future__ import annotations

import re
from typing import Any

# Words that YAML 1.1 takes for something other than text, in any case, are left to the parser.
_RESERVED = r"(?:yes|no|on|off|true|false|null)\b"
_WORD = r"[A-Za-z_][A-Za-z0-9_./@+=-]*"
_TEXT = rf"(?i:(?!{_RESERVED})){_WORD}(?: [A-Za-z0-9_./@+=][A-Za-z0-9_./@+=-]*)*"
_INT = r"-?(?:0|[1-9][0-9]*)"
_FLOAT = r"-?[0-9]+\.[0-9]+(?:e[-+][0-9]+)?"
_SCALAR = rf"(?:(?P<int>{_INT})|(?P<float>{_FLOAT})|(?P<bool>true|false)|(?P<null>null)|{_TEXT})"
_HEX_DIGEST = re.compile(r"(?!0b)(?=[0-9a-f]*[a-df])[0-9a-f]{32}\n?\Z")

_scalar_line = re.compile(rf"{_SCALAR}\n?\Z").match
_item_line = re.compile(rf"- {_SCALAR}\Z").match
_pair_line = re.compile(
    rf"(?i:(?!{_RESERVED}))(?P<key>[A-Za-z_][A-Za-z0-9_.-]*): (?P<value>{_SCALAR})\Z"
).match
_EMPTY: dict[str, type] = {"{}": dict, "[]": list, "''": str}


def load(text: str) -> Any:
    """The value of the YAML document `text`, as `guild.base.yaml.load` gives it.

    Raises ValueError for what is no YAML.
    """
    match = _scalar_line(text)
    if match:
        return _value(match, text.rstrip("\n"))
    if text[-1:] == "\n":
        lines = text[:-1].split("\n")
        value = _list(lines) if lines[0].startswith("- ") else _mapping(lines)
        if value is not None:
            return value
    if _HEX_DIGEST.match(text):
        return text.rstrip("\n")
    empty = _EMPTY.get(text.rstrip("\n"))
    if empty:
        return empty()
    from guild.base import yaml  # most listings do without, and it takes long to import

    try:
        return yaml.load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("invalid YAML") from error


def _value(match: re.Match[str], text: str) -> Any:
    if match["int"] is not None:
        return int(text)
    if match["float"] is not None:
        return float(text)
    if match["bool"] is not None:
        return text == "true"
    return None if match["null"] is not None else text


def _list(lines: list[str]) -> list[Any] | None:
    items = []
    for line in lines:
        match = _item_line(line)
        if not match:
            return None
        items.append(_value(match, line[2:]))
    return items


def _mapping(lines: list[str]) -> dict[str, Any] | None:
    pairs = {}
    for line in lines:
        match = _pair_line(line)
        if not match:
            return None
        pairs[match["key"]] = _value(match, match["value"])
    return pairs
