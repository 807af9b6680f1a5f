"""Flag values: decoded from strings, converted, checked, and encoded as strings."""

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


# -- Strings to values


def decode(text: str, flag: FlagDef) -> Any:
    """Return the value of `text` by the flag's type, or by YAML rules without a type.

    A YAML list in square brackets is decoded item by item: `[1,2]` is two values for a grid,
    `[[1,2]]` is one value that is a list. Raises GuildError if `text` does not fit the type.
    """
    items = _list_items(text)
    if items is not None:
        return [_decode_node(item, flag) for item in items]
    for choice in flag.choices:
        if choice.alias == text:
            return choice.value
    if flag.arg_split:  # one value, which the command splits into arguments
        return _unquoted(text)
    is_typed = flag.type not in (None, "auto")
    return coerce(_unquoted(text), flag) if is_typed else _decode_untyped(text)


def coerce(value: Any, flag: FlagDef) -> Any:
    """Convert `value`, a string or a value from a file, to the flag's type.

    None is kept. Raises GuildError if the value does not fit the type.
    """
    if value is None or flag.type in (None, "auto"):
        return value
    if value == "null" and flag.type not in _STRING_TYPES:
        return None
    if isinstance(value, list) and flag.type not in _STRING_TYPES:
        return [coerce(item, flag) for item in value]
    try:
        return _COERCE[flag.type](value)
    except FileNotFoundError:
        problem = f"invalid value {value} for {flag.name}"
        raise GuildError(f"{problem}: {value} does not exist") from None  # Guild AI 0.9 wording
    except (ValueError, TypeError, OverflowError):
        raise GuildError(  # Guild AI 0.9 wording
            f"invalid value {encode(value)} for {flag.name}: invalid value for type '{flag.type}'"
        ) from None


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
        raise FileNotFoundError
    return path


def _to_null(value: Any) -> None:
    raise ValueError


_STRING_TYPES = ("string", "path", "existing-path")
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
_YAML_OCTAL = r"[-+]?0[0-9_]+$"
_YAML_SEXAGESIMAL = r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$"
_UNDERSCORED = r"[-+]?[0-9.]*_"
_EXPONENT = r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d{1,3}$"


def _decode_untyped(text: str) -> Any:
    """Decode by YAML rules, except for numbers that only YAML 1.1 recognizes.

    `013`, `1_000`, `12:30` and `1e000000` are strings, and `1e6` is a number.
    """
    if text == "" or text != text.strip():
        return text
    if any(re.match(form, text) for form in (_YAML_OCTAL, _YAML_SEXAGESIMAL, _UNDERSCORED)):
        return text
    if re.match(_EXPONENT, text) and not _is_id_like(text):
        return float(text)
    try:
        value = yaml.load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str) and "\n" in text and text[0] not in "'\"":
        return text  # YAML would fold the lines of a string
    if isinstance(value, (bool, int, float, str)) or text in ("null", "~", "Null", "NULL"):
        return value
    if isinstance(value, dict) and text.startswith("{"):
        return value
    return text  # a date, a mapping without braces, or a comment


def _is_id_like(text: str) -> bool:
    """Check for part of a hash: a leading zero after `e`, or eight or more characters."""
    exponent = re.split("[eE]", text)[1]
    return exponent.startswith("0") or (len(text) >= 8 and text.isalnum())


def _decode_node(node: Any, flag: FlagDef) -> Any:
    from guild.base.parsed_yaml import ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        return [_decode_node(item, flag._replace(arg_split=None)) for item in node.value]
    if isinstance(node, ScalarNode):
        if node.style in ("'", '"'):
            if flag.arg_split:
                return node.value
            return coerce(node.value, flag) if flag.type else node.value
        return decode(node.value, flag)
    raise GuildError(f"invalid value for flag '{flag.name}': list items cannot be mappings")


def _list_items(text: str) -> list[Any] | None:
    """Return the items of a list as YAML nodes; None if `text` is not a list."""
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
    """Remove enclosing quotes, with which `''` is an empty string."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        try:
            value = yaml.load(text)
        except yaml.YAMLError:
            return text
        return value if isinstance(value, str) else text
    return text


# -- Checking


def check_value(value: Any, flag: FlagDef) -> None:
    """Raise GuildError if `value` is not one of the flag's choices or is out of its range."""
    if value is None or value == "":
        return
    if flag.choices and not flag.allow_other:
        _check_choice(value, flag)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if flag.min is not None and not value >= flag.min:
            raise GuildError(  # Guild AI 0.9 wording
                f"invalid value {encode(value)} for {flag.name}: "
                f"out of range (less than min {encode(flag.min)})"
            )
        if flag.max is not None and not value <= flag.max:
            raise GuildError(  # Guild AI 0.9 wording
                f"invalid value {encode(value)} for {flag.name}: "
                f"out of range (greater than max {encode(flag.max)})"
            )


def _check_choice(value: Any, flag: FlagDef) -> None:
    allowed = [choice.value for choice in flag.choices]
    if value in allowed or (isinstance(value, list) and all(item in allowed for item in value)):
        return
    names = [encode(choice) for choice in allowed]
    raise GuildError(
        f"invalid value {_format_value(value)} for flag '{flag.name}': "
        f"supported values are {', '.join(names)}{did_you_mean(encode(value), names)}"
    )


def _format_value(value: Any) -> str:
    return repr(value) if isinstance(value, str) else encode(value)


# -- Values to strings


def encode(value: Any) -> str:
    """Return `value` on one line as YAML that `decode` reverses; booleans are `yes` and `no`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and _is_plain(value):
        return value
    if isinstance(value, list):
        return f"[{', '.join(encode(item) for item in value)}]"
    return yaml.dump_flow(value)


_PLAIN_STRING = r"[A-Za-z/][A-Za-z0-9_/.+-]*$"
_YAML_WORDS = ("yes", "no", "true", "false", "on", "off", "null", "y", "n")


def _is_plain(text: str) -> bool:
    is_word = text.isidentifier() and text.isascii() and text[0] != "_"
    return (is_word or re.match(_PLAIN_STRING, text) is not None) and (
        text.lower() not in _YAML_WORDS
    )


def shorten_value(value: Any) -> str:
    """Return `value` for a label: at most five decimals, strings quoted for the shell."""
    if isinstance(value, float) and math.isfinite(value):
        text = encode(value)
        whole, point, decimals = text.partition(".")
        return text if "e" in decimals else f"{whole}{point}{decimals[:5]}"
    return quote_value(value)


def quote_value(value: Any) -> str:
    """Return `value` as `encode` does, but a string with spaces in quotes."""
    text = encode(value)
    if not isinstance(value, str) or text.startswith("'"):
        return text
    if "'" in text and not set('"$`\\') & set(text):
        return f'"{text}"'
    return shlex.quote(text)


def encode_argument(value: Any) -> str:
    """Return `value` as an argument or environment variable.

    Booleans are `1` or empty, None is empty, and list items are quoted and joined by spaces.
    """
    if isinstance(value, bool):
        return "1" if value else ""
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(shlex.quote(encode_argument(item)) for item in value)
    return str(value)
