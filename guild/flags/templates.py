"""Texts that refer to flags: `${NAME}` and `${NAME|TRANSFORM}`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from guild.base.errors import GuildError

_REFERENCE = re.compile(r"\$\{([^}|]*)((?:\|[^}]*)?)\}")


def resolve(
    text: str,
    values: Mapping[str, Any],
    show: Callable[[Any], str],
    missing: str | None = None,
    *,
    keep_unknown: bool = False,
) -> str:
    """`text` with each reference replaced by `show(value)`.

    A transform, `%.2f` or another format of one value, `basename`, or `default:TEXT`,
    is applied to the value first; several follow each other. A name that `values`
    does not have gives `missing`, and stays as it is with `keep_unknown`. Raises GuildError
    for one where `missing` is None, and for a transform that does not exist or does not fit.
    """

    def replacement(match: re.Match[str]) -> str:
        name, transforms = match[1].strip(), match[2].split("|")[1:]
        if keep_unknown and name not in values:
            return match[0]
        has_default = any(transform.startswith("default:") for transform in transforms)
        if name not in values and missing is None and not has_default:
            raise GuildError(f"invalid reference '{match[0]}' in {text!r}: no flag '{name}'")
        value = values.get(name)
        for transform in transforms:
            value = _transform(value, transform, text)
        if value is None and name not in values:
            return missing or ""
        return value if isinstance(value, str) and transforms else show(value)

    return _REFERENCE.sub(replacement, text)


def is_reference(word: str, name: str) -> bool:
    """Whether the whole `word` is `${name}`."""
    return word == f"${{{name}}}"


def _transform(value: Any, transform: str, text: str) -> Any:
    name, _, argument = transform.partition(":")
    if name.startswith("%"):
        return _formatted(value, transform, text)
    if name == "default":
        return argument if value is None else value
    if value is None:
        return None
    if name == "basename":
        return os.path.basename(str(value).rstrip("/"))
    raise GuildError(
        f"unknown transform '{transform}' in {text!r} - it is a format such as %.2f, "
        f"basename or default:TEXT"
    )


def _formatted(value: Any, template: str, text: str) -> Any:
    if value is None:
        return None
    try:
        return template % (value,)
    except (TypeError, ValueError):
        raise GuildError(f"format '{template}' in {text!r} does not fit {value!r}") from None
