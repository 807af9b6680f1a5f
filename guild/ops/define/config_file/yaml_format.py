"""YAML, with its comments, order and quotes kept."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from guild.base import yaml
from guild.ops.define.config_file.paths import place

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
    except YAMLError as error:
        raise ValueError(str(error)) from None
    editor.indent(**_indentation(text))
    document_is_there = document is not None
    document = document if document_is_there else editor.map()
    for name, value in changes.items():
        holder, key = place(document, name)
        holder[key] = _like(holder.get(key), value, editor) if isinstance(value, list) else value
    out = io.StringIO()
    if not document_is_there:  # nothing but comments
        out.write(text if not text or text.endswith("\n") else f"{text}\n")
    editor.dump(document, out)
    return out.getvalue()


def _like(old: Any, items: list[Any], editor: Any) -> Any:
    """The list `items` in the form of `old`, a list in lines with what follows the last of them;
    in one line where there is none."""
    new = editor.seq(items)
    if not isinstance(old, type(new)) or old.fa.flow_style() or not items:
        new.fa.set_flow_style()
    elif len(old) - 1 in old.ca.items:
        new.ca.items[len(items) - 1] = old.ca.items[len(old) - 1]
    return new


_KEY = re.compile(r"( *)[^\s#'\"\-][^#]*:\s*(#.*)?$")
_ITEM = re.compile(r"( *)-( +)\S")


def _indentation(text: str) -> dict[str, int]:
    """How the lines below a key are indented, as ruamel takes it: by the first of each kind."""
    found: dict[str, int] = {}
    key = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if key is not None:
            depth = len(line) - len(line.lstrip()) - key
            item = _ITEM.match(line)
            if item and depth >= 0:
                found.setdefault("offset", depth)
                found.setdefault("sequence", depth + 1 + len(item[2]))
            elif not item and depth > 0:
                found.setdefault("mapping", depth)
        start = _KEY.match(line)
        key = len(start[1]) if start else None
    return found


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
