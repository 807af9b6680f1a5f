"""References to flags in strings: `${NAME}` and `${NAME|TRANSFORM}`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from guild.base.errors import GuildError


class UndefinedReferenceError(GuildError):
    """A reference to an unknown flag."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


_REFERENCE = r"\$\{([^}|]*)((?:\|[^}]*)?)\}"


def resolve_references(
    text: str,
    values: Mapping[str, Any],
    to_text: Callable[[Any], str],
    missing: str | None = None,
    *,
    keep_unknown: bool = False,
) -> str:
    """Replace each reference in `text` by `to_text(value)`.

    Transforms are applied to the value first: `%.2f` or another format of one value,
    `basename`, `unquote`, or `default:TEXT`. An unknown name is replaced by `missing`, or is
    left in place with `keep_unknown`. Raises GuildError for an unknown name if `missing` is None,
    and for an invalid transform.
    """

    def replacement(match: re.Match[str]) -> str:
        name, transforms = match[1].strip(), match[2].split("|")[1:]
        if keep_unknown and name not in values:
            return match[0]
        has_default = any(transform.startswith("default:") for transform in transforms)
        if name not in values and missing is None and not has_default:
            raise UndefinedReferenceError(
                f"invalid reference '{match[0]}' in {text!r}: no flag '{name}'", name
            )
        value = values.get(name)
        for transform in transforms:
            value = _transform(value, transform, text)
        if value is None and name not in values:
            return missing or ""
        return value if isinstance(value, str) and transforms else to_text(value)

    return re.sub(_REFERENCE, replacement, text)


def is_reference(word: str, name: str) -> bool:
    """Return whether the whole `word` is `${name}`."""
    return word == f"${{{name}}}"


def _transform(value: Any, transform: str, text: str) -> Any:
    name, _, argument = transform.partition(":")
    if name.startswith("%"):
        return _formatted(value, transform, text)
    if name == "default":
        return argument if value is None else value
    if value is None:
        return None
    if name == "unquote":  # values are quoted only when no transform is applied
        return value
    if name == "basename":
        return os.path.basename(str(value).rstrip("/"))
    raise GuildError(
        f"unknown transform '{transform}' in {text!r}; use a format such as %.2f, "
        "basename, unquote or default:TEXT"
    )


def _formatted(value: Any, template: str, text: str) -> Any:
    if value is None:
        return None
    try:
        return template % (value,)
    except (TypeError, ValueError):
        raise GuildError(f"format '{template}' in {text!r} does not fit {value!r}") from None
