"""YAML, with its comments, order and quotes kept."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from guild.base import yaml
from guild.ops.config_file.paths import place

# PyYAML reads these as text, and so will many a program; people mean a number.
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def values(text: str) -> Any:
    """What the document holds. Raises ValueError."""
    try:
        return yaml.load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def as_number(value: str) -> float | None:
    """The number that is meant by a text such as `1e-3`."""
    return float(value) if _EXPONENT.fullmatch(value) else None


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """`text` with the values at the dotted names of `changes` set.

    Raises ValueError, and GuildError as `place` does.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.representer import RoundTripRepresenter
    from ruamel.yaml.util import load_yaml_guess_indent

    class Constructor(RoundTripConstructor):
        pass

    class Representer(RoundTripRepresenter):
        pass

    Constructor.add_constructor(_FLOAT, _construct_float)
    Representer.add_representer(_FloatText, _represent_float_text)
    Representer.add_representer(float, _represent_float)
    Representer.add_representer(str, _represent_text)
    editor = YAML(typ="rt")
    editor.Constructor = Constructor
    editor.Representer = Representer
    editor.preserve_quotes = True
    editor.width = 2**31 - 1
    try:
        document = editor.load(text)
        _, indent, offset = load_yaml_guess_indent(text)
    except YAMLError as error:
        raise ValueError(str(error)) from None
    if indent is not None and offset is not None:
        editor.indent(sequence=indent, offset=offset)
    document = editor.map() if document is None else document
    for name, value in changes.items():
        holder, key = place(document, name)
        holder[key] = value
    out = io.StringIO()
    editor.dump(document, out)
    return out.getvalue()


_FLOAT = "tag:yaml.org,2002:float"


class _FloatText(str):
    """A float as it is written: ruamel's own would lose digits of it."""


def _construct_float(_constructor: Any, node: Any) -> _FloatText:
    return _FloatText(node.value)


def _represent_float_text(representer: Any, value: _FloatText) -> Any:
    return representer.represent_scalar(_FLOAT, str(value))


def _represent_float(representer: Any, value: float) -> Any:
    """A float that readers of YAML 1.1 take for one: `1.0e-05`, not `1e-05`."""
    return representer.represent_scalar(_FLOAT, yaml.dump(value).removesuffix("\n"))


def _represent_text(representer: Any, value: str) -> Any:
    """A text that readers of YAML 1.1 take for one: `'yes'`, not `yes`."""
    quoted = yaml.dump(value).startswith(("'", '"'))
    return representer.represent_scalar(
        "tag:yaml.org,2002:str",
        value,
        style='"' if quoted and "\n" in value else "'" if quoted else None,
    )
