"""Safe YAML, in the format of Guild AI's files.

The first document that needs PyYAML imports it; most need only `plain_yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guild.base import plain_yaml

if TYPE_CHECKING:
    from yaml import Node


class YAMLError(ValueError):
    """Invalid YAML, or a value that YAML cannot represent."""


def load(text: str | bytes) -> Any:
    """Return the value of one YAML document. Never runs code. Raises `YAMLError`."""
    try:
        return plain_yaml.load(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        raise YAMLError(str(error)) from None
    except ValueError:  # not plain, or a number with more digits than Python converts
        pass
    from guild.base import parsed_yaml

    try:
        return parsed_yaml.load(text)
    except (parsed_yaml.Error, ValueError, RecursionError) as error:
        raise YAMLError(str(error)) from error


def dump(value: Any) -> str:
    """Return `value` as block YAML.

    Mapping keys are sorted, each item has its own line, and scalars have no document end
    marker, as in Guild AI's files. Raises `YAMLError` for values that are not plain data.
    """
    try:
        return plain_yaml.dump(value)
    except plain_yaml.NotPlain:
        pass
    from guild.base import parsed_yaml

    try:
        return parsed_yaml.dump(value)
    except parsed_yaml.Error as error:
        raise YAMLError(str(error)) from error


def dump_attribute(value: Any) -> str:
    """Return `value` as `dump` does, with `y`, `n`, `Y` and `N` in quotes.

    YAML 1.1 reads them as booleans, although PyYAML does not. Other programs read attribute files.
    Raises `YAMLError` as `dump` does.
    """
    try:
        return plain_yaml.dump(value, _SHORT_BOOLEANS)
    except plain_yaml.NotPlain:
        pass
    from guild.base import parsed_yaml

    try:
        return parsed_yaml.dump(value, _SHORT_BOOLEANS)
    except parsed_yaml.Error as error:
        raise YAMLError(str(error)) from error


_SHORT_BOOLEANS = frozenset("yYnN")


def dump_flow(value: Any) -> str:
    """Return `value` as YAML on one line: `[1, a]`, `{a: 1}`, `'yes'`."""
    if not isinstance(value, (dict, list, tuple)):
        try:
            return plain_yaml.dump_flow(value)
        except plain_yaml.NotPlain:
            pass
    from guild.base import parsed_yaml

    return parsed_yaml.dump_flow(value)


def compose(text: str) -> Node | None:
    """Return the node of one YAML document, whose scalars are strings. Raises `YAMLError`."""
    from guild.base import parsed_yaml

    try:
        node: Node | None = parsed_yaml.compose(text)
    except (parsed_yaml.Error, ValueError, RecursionError) as error:
        raise YAMLError(str(error)) from error
    return node
