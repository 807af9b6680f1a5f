"""A plain subset of YAML, read and written without a YAML parser.

Nearly all values in Guild's files are numbers, words, flat lists and mappings. Importing a
parser takes longer than a run or a listing may, so strict patterns recognize these values and
a parser handles the others. Both agree on every value in the subset.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container
from typing import Any

# The parser handles words that YAML 1.1 does not read as strings, in any case.
_RESERVED = r"(?!(?i:yes|no|on|off|true|false|null)(?![A-Za-z0-9_./@+=,;%()~:-]))"
_FIRST = r"(?:[A-Za-z_/]|\.\.?/)"
_REST = r"(?:[A-Za-z0-9_./@+=,;%()~-]|:(?=[A-Za-z0-9_./@+=,;%()~-])| (?=[A-Za-z0-9_./@+=(~]))"
_TEXT = rf"{_RESERVED}{_FIRST}{_REST}*"
_QUOTED = r"'(?:[ -&(-~]|'')*'"
_INT = r"-?(?:0|[1-9][0-9]*)"
_FLOAT = r"-?[0-9]+\.[0-9]+(?:e[-+][0-9]+)?"
_SCALAR = (
    rf"(?:(?P<int>{_INT})|(?P<float>{_FLOAT})|(?P<bool>true|false)|(?P<null>null)"
    rf"|(?P<quoted>{_QUOTED})|(?P<empty>\{{\}}|\[\])|{_TEXT})"
)
_KEY = rf"(?:{_RESERVED}[A-Za-z_](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9_./-]))*|{_QUOTED})"
_HEX_DIGEST = r"(?!0b)(?=[0-9a-f]*[a-df])[0-9a-f]{32}\Z"

# Strings that start with a digit or a dot but are not numbers or dates in YAML 1.1: ids, paths,
# numbers separated by spaces, and words with a letter that numbers and dates lack.
_UNAMBIGUOUS = (
    rf"{_HEX_DIGEST}|[0-9]+(?: [0-9]+)+\Z"
    r"|(?!\.(?i:inf|nan)\Z)(?=[^/g-np-su-wyG-NP-SU-WY]*[/g-np-su-wyG-NP-SU-WY])"
    r"[0-9.][A-Za-z0-9_./+=@-]*\Z"
)

_scalar = re.compile(rf"{_SCALAR}\Z").match
_pair = re.compile(rf"(?P<key>{_KEY}):(?: (?P<value>.+))?\Z").match
_plain_text = re.compile(rf"{_TEXT}\Z").match
_RESERVED_KEYS = frozenset(("yes", "no", "on", "off", "true", "false", "null"))
_KEY_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-")


class NotPlain(ValueError):  # noqa: N818  # the document is valid
    """A document or value that needs the parser."""


# -- Reading


def load(text: str) -> Any:
    """Return the value of the YAML document `text`. Raises NotPlain if it needs the parser."""
    text = text.removesuffix("\n")
    if "\n" not in text and not text.startswith("- ") and not _pair(text):
        if re.match(_HEX_DIGEST, text):
            return text
        return _scalar_value(text)
    lines = text.split("\n")
    try:
        value, at = _block(lines, 0, 0)
    except RecursionError:
        raise NotPlain from None
    if at != len(lines):
        raise NotPlain
    return value


def _scalar_value(text: str) -> Any:
    match = _scalar(text)
    if match is None:
        raise NotPlain
    kind = match.lastgroup
    if kind is None:
        return text
    return _VALUES[kind](text)


_VALUES: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text == "true",
    "null": lambda text: None,
    "quoted": lambda text: text[1:-1].replace("''", "'"),
    "empty": lambda text: {} if text == "{}" else [],
}


def _block(lines: list[str], at: int, indent: int) -> tuple[Any, int]:
    """Read the list or mapping that starts at line `at`; return it and the next line."""
    if lines[at].startswith("- ", indent):
        return _list(lines, at, indent)
    return _mapping(lines, at, indent)


def _list(lines: list[str], at: int, indent: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while at < len(lines) and _indent(lines[at]) == indent and lines[at].startswith("- ", indent):
        rest = lines[at][indent + 2 :]
        if rest.startswith("- ") or _pair(rest):
            # The item is a block whose first line follows the dash.
            lines[at] = " " * (indent + 2) + rest
            item, at = _block(lines, at, indent + 2)
            items.append(item)
        else:
            items.append(_scalar_value(rest))
            at += 1
    return items, at


def _mapping(lines: list[str], at: int, indent: int) -> tuple[dict[str, Any], int]:
    pairs: dict[str, Any] = {}
    while at < len(lines) and _indent(lines[at]) == indent:
        match = _pair(lines[at][indent:])
        if match is None:
            break
        key = match["key"]
        key = _VALUES["quoted"](key) if key[0] == "'" else key
        if key in pairs:
            raise NotPlain
        at += 1
        if match["value"] is not None:
            pairs[key] = _scalar_value(match["value"])
        elif at < len(lines) and _indent(lines[at]) > indent:
            pairs[key], at = _block(lines, at, _indent(lines[at]))
        elif (
            at < len(lines) and lines[at].startswith("- ", indent) and _indent(lines[at]) == indent
        ):
            pairs[key], at = _list(lines, at, indent)
        else:
            raise NotPlain
    if not pairs:
        raise NotPlain
    return pairs, at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# -- Writing


def dump(value: Any, quoted: Container[str] = ()) -> str:
    """Return `value` as block YAML that ends with a newline, with mapping keys sorted.

    Strings in `quoted` are quoted in any case. Raises NotPlain if the value needs the parser.
    """
    lines: list[str] = []
    if isinstance(value, dict) and value:
        _dump_mapping(value, "", lines, quoted)
    elif isinstance(value, list) and value:
        _dump_list(value, "", lines, quoted)
    else:
        lines.append(_dump_scalar(value, quoted))
    lines.append("")
    return "\n".join(lines)


def _dump_mapping(
    value: dict[Any, Any], indent: str, lines: list[str], quoted: Container[str]
) -> None:
    for key in sorted(value) if all(type(key) is str for key in value) else _not_plain():
        item = value[key]
        name = key if _is_plain_key(key) and key not in quoted else _quoted(key)
        if type(item) is dict and item:
            lines.append(f"{indent}{name}:")
            _dump_mapping(item, indent + "  ", lines, quoted)
        elif type(item) is list and item:
            lines.append(f"{indent}{name}:")
            _dump_list(item, indent, lines, quoted)
        else:
            lines.append(f"{indent}{name}: {_dump_scalar(item, quoted)}")


def _is_plain_key(key: str) -> bool:
    return (
        _KEY_CHARS.issuperset(key)
        and key[:1].isidentifier()
        and key.lower() not in _RESERVED_KEYS
        and not (":" in key and ("::" in key or key[-1] == ":"))
    )


def _dump_list(value: list[Any], indent: str, lines: list[str], quoted: Container[str]) -> None:
    for item in value:
        if type(item) in (dict, list) and item:
            first = len(lines)
            dump_block = _dump_mapping if type(item) is dict else _dump_list
            dump_block(item, indent + "  ", lines, quoted)
            lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"
        else:
            lines.append(f"{indent}- {_dump_scalar(item, quoted)}")


def dump_flow(value: Any) -> str:
    """Return a scalar on one line, quoted if necessary.

    Raises NotPlain if the value needs the parser.
    """
    if type(value) is str and re.match(_UNAMBIGUOUS, value):
        return value
    return dump(value).removesuffix("\n")


def _dump_scalar(value: Any, quoted: Container[str]) -> str:
    kind = type(value)
    if kind is str:
        return value if _plain_text(value) and value not in quoted else _quoted(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if kind is int:
        return str(value)
    if kind is float:
        return _dump_float(value)
    if kind in (dict, list) and not value:
        return "{}" if kind is dict else "[]"
    raise NotPlain


def _dump_float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text.replace("e", ".0e", 1) if "." not in text and "e" in text else text


def _quoted(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise NotPlain
    return "'" + text.replace("'", "''") + "'"


def _not_plain() -> Any:
    raise NotPlain
