"""Safe YAML, written as Guild AI writes it.

PyYAML is imported by the first document that needs it; most do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guild.base import plain_yaml

if TYPE_CHECKING:
    from yaml import Node


class YAMLError(ValueError):
    """A text is no YAML, or a value cannot be written as YAML."""


def load(text: str | bytes) -> Any:
    """The value of one YAML document. Raises `YAMLError`; never runs anything."""
    try:
        return plain_yaml.load(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        raise YAMLError(str(error)) from None
    except ValueError:  # it is not plain, or a number of more digits than Python reads
        pass
    from guild.base import parsed_yaml

    try:
        return parsed_yaml.load(text)
    except (parsed_yaml.Error, ValueError, RecursionError) as error:
        raise YAMLError(str(error)) from error


def dump(value: Any) -> str:
    """`value` as block YAML: mapping keys sorted as in Guild AI's files, lists and
    mappings one item a line, a scalar without the document end mark.

    Raises `YAMLError` for a value that is no plain data.
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


def dump_flow(value: Any) -> str:
    """`value` as YAML in one line: `[1, a]`, `{a: 1}`, `'yes'`."""
    if not isinstance(value, (dict, list, tuple)):
        try:
            return plain_yaml.dump_flow(value)
        except plain_yaml.NotPlain:
            pass
    from guild.base import parsed_yaml

    return parsed_yaml.dump_flow(value)


def compose(text: str) -> Node | None:
    """The node of one YAML document, with the source text of its scalars.

    Raises `YAMLError`.
    """
    from guild.base import parsed_yaml

    try:
        node: Node | None = parsed_yaml.compose(text)
    except (parsed_yaml.Error, ValueError, RecursionError) as error:
        raise YAMLError(str(error)) from error
    return node
