"""How the text of a flag assignment becomes a value, and a value a text again."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Callable
from typing import Any

from guild.base import yaml
from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.flags.flagdef import FlagDef

_TRUE = ("yes", "true", "on", "1", "y")
_FALSE = ("no", "false", "off", "0", "n")


# -- Text to value


def decode(text: str, flag: FlagDef) -> Any:
    """The value that `text` stands for, by the flag's type, or by YAML rules without one.

    A text in square brackets that is a YAML list gives a list, each item decoded like
    a text of its own: `[1,2]` is two values for a grid, `[[1,2]]` one that is a list.
    Raises GuildError for a text that is no value of the flag's type.
    """
    items = _list_items(text)
    if items is not None:
        return [_decode_node(item, flag) for item in items]
    for choice in flag.choices:
        if choice.alias == text:
            return choice.value
    if flag.arg_split:  # one value of several parts, which the command takes apart
        return text
    return coerce(_unquoted(text), flag) if flag.type else _decode_untyped(text)


def coerce(value: Any, flag: FlagDef) -> Any:
    """`value`, a text or a value from a file, as the flag's type has it.

    None stays None. Raises GuildError where that cannot be done.
    """
    if value is None or flag.type is None:
        return value
    if value == "null" and flag.type not in _TEXT_TYPES:
        return None
    if isinstance(value, list) and flag.type not in _TEXT_TYPES:
        return [coerce(item, flag) for item in value]
    try:
        return _COERCE[flag.type](value)
    except (ValueError, TypeError, OverflowError) as error:
        reason = (
            str(error) if isinstance(error, _ReasonError) else f"expected {_TYPE_NAMES[flag.type]}"
        )
        raise GuildError(
            f"invalid value {_shown(value)} for flag '{flag.name}': {reason}"
        ) from None


class _ReasonError(ValueError):
    """Says itself what is expected."""


def _to_int(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    number = float(value)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError
    text = (
        value.strip().lower().replace(".inf", "inf").replace(".nan", "nan")
        if isinstance(value, str)
        else value
    )
    return float(text)


def _to_number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, (int, float)):
        return value
    try:
        return int(value)
    except ValueError:
        return _to_float(value)


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _to_string(value: Any) -> str:
    return value if isinstance(value, str) else encode(value)


def _to_path(value: Any) -> str:
    return os.path.expanduser(str(value))


def _to_existing_path(value: Any) -> str:
    path = _to_path(value)
    if not os.path.exists(path):
        raise _ReasonError("there is no such file or folder")
    return path


def _to_null(value: Any) -> None:
    raise ValueError


_TEXT_TYPES = ("string", "path", "existing-path")
_COERCE: dict[str, Callable[[Any], Any]] = {
    "int": _to_int,
    "float": _to_float,
    "number": _to_number,
    "boolean": _to_boolean,
    "string": _to_string,
    "path": _to_path,
    "existing-path": _to_existing_path,
    "null": _to_null,
}
_TYPE_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "number": "a number",
    "boolean": "yes or no",
    "string": "a text",
    "path": "a path",
    "existing-path": "a path that exists",
    "null": "null",
}


_YAML_OCTAL = re.compile(r"[-+]?0[0-9_]+$")
_YAML_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$")
_UNDERSCORED = re.compile(r"[-+]?[0-9.]*_")
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d{1,3}$")


def _decode_untyped(text: str) -> Any:
    """By YAML, but for what YAML 1.1 reads as a number and people do not: `013`, `1_000`,
    `12:30`, `1e000000` stay text, and `1e6` is a number."""
    if text == "" or text != text.strip():
        return text
    if _YAML_OCTAL.match(text) or _YAML_SEXAGESIMAL.match(text) or _UNDERSCORED.match(text):
        return text
    if _EXPONENT.match(text) and not _is_id_like(text):
        return float(text)
    try:
        value = yaml.load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str) and "\n" in text and text[0] not in "'\"":
        return text  # lines of a text, which YAML would fold
    if isinstance(value, (bool, int, float, str)) or text in ("null", "~", "Null", "NULL"):
        return value
    return text  # a date, a mapping, a comment: flags hold plain values


def _is_id_like(text: str) -> bool:
    """Digits, `e`, digits with a leading zero or eight in all: part of a hash, not a number."""
    exponent = re.split("[eE]", text)[1]
    return exponent.startswith("0") or (len(text) >= 8 and text.isalnum())


def _decode_node(node: Any, flag: FlagDef) -> Any:
    from guild.base.parsed_yaml import ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        return [_decode_node(item, flag._replace(arg_split=None)) for item in node.value]
    if isinstance(node, ScalarNode):
        if node.style in ("'", '"'):
            return coerce(node.value, flag) if flag.type else node.value
        return decode(node.value, flag)
    raise GuildError(f"invalid value for flag '{flag.name}': a list item may not be a mapping")


def _list_items(text: str) -> list[Any] | None:
    """The items of a list as YAML nodes; None for a text that is no list.

    A search range such as `[0:1]` has one item, with the colon, and is none.
    """
    if not (text.startswith("[") and text.endswith("]")):
        return None
    from guild.base.parsed_yaml import SequenceNode

    try:
        node = yaml.compose(text)
    except yaml.YAMLError:
        return None
    if not isinstance(node, SequenceNode):
        return None
    return list(node.value)


def _unquoted(text: str) -> str:
    """A text in quotes is what the quotes hold, so that `''` can be written."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        try:
            value = yaml.load(text)
        except yaml.YAMLError:
            return text
        return value if isinstance(value, str) else text
    return text


# -- Checking


def check_value(value: Any, flag: FlagDef) -> None:
    """Raise GuildError if `value` is none of the flag's choices or out of its range."""
    if value is None or value == "":
        return
    if flag.choices and not flag.allow_other:
        _check_choice(value, flag)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if flag.min is not None and not value >= flag.min:
            raise GuildError(
                f"invalid value {_shown(value)} for flag '{flag.name}': "
                f"out of range (less than min {encode(flag.min)})"
            )
        if flag.max is not None and not value <= flag.max:
            raise GuildError(
                f"invalid value {_shown(value)} for flag '{flag.name}': "
                f"out of range (greater than max {encode(flag.max)})"
            )


def _check_choice(value: Any, flag: FlagDef) -> None:
    allowed = [choice.value for choice in flag.choices]
    if value in allowed or (isinstance(value, list) and all(item in allowed for item in value)):
        return
    names = [encode(choice) for choice in allowed]
    raise GuildError(
        f"invalid value {_shown(value)} for flag '{flag.name}': "
        f"supported values are {', '.join(names)}{did_you_mean(encode(value), names)}"
    )


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else encode(value)


# -- Value to text


def encode(value: Any) -> str:
    """`value` in one line as YAML, booleans as `yes` and `no`: `decode` gives it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and _PLAIN_TEXT.match(value) and value.lower() not in _YAML_WORDS:
        return value
    if isinstance(value, list):
        return f"[{', '.join(encode(item) for item in value)}]"
    return yaml.dump_flow(value)


_PLAIN_TEXT = re.compile(r"[A-Za-z/][A-Za-z0-9_/.+-]*$")
_YAML_WORDS = ("yes", "no", "true", "false", "on", "off", "null", "y", "n")


def shorten_value(value: Any) -> str:
    """`value` for a label: at most five decimals, a text quoted as in a shell."""
    if isinstance(value, float) and math.isfinite(value):
        text = encode(value)
        whole, point, decimals = text.partition(".")
        return text if "e" in decimals else f"{whole}{point}{decimals[:5]}"
    if isinstance(value, str):
        text = encode(value)
        return text if text.startswith("'") else shlex.quote(text)
    return encode(value)


def encode_argument(value: Any) -> str:
    """`value` as a command's argument or an environment variable: `1` and nothing for
    booleans, nothing for None."""
    if isinstance(value, bool):
        return "1" if value else ""
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(shlex.quote(encode_argument(item)) for item in value)
    return str(value)
