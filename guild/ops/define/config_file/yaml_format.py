"""YAML files, changed without affecting comments, order and quotes."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from guild.base import yaml
from guild.ops.define.config_file.paths import find_holder

# PyYAML reads these as strings, and so do many programs; people mean numbers.
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def values(text: str) -> Any:
    """Return the content of the document. Raises ValueError."""
    try:
        return yaml.load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def as_number(value: str) -> float | None:
    """Return the number that a string such as `1e-3` stands for, or None for other strings."""
    return float(value) if _EXPONENT.fullmatch(value) else None


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return `text` with the values set that `changes` maps from dotted names.

    Raises ValueError, and GuildError as `find_holder` does.
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
    Representer.add_representer(str, _represent_string)
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
    is_empty = document is None  # the file has only comments
    document = editor.map() if is_empty else document
    for name, value in changes.items():
        holder, key = find_holder(document, name)
        holder[key] = _like(holder.get(key), value, editor) if isinstance(value, list) else value
    out = io.StringIO()
    if is_empty:
        out.write(text if not text or text.endswith("\n") else f"{text}\n")
    editor.dump(document, out)
    return out.getvalue()


def _like(old: Any, items: list[Any], editor: Any) -> Any:
    """Return the list `items` in the style of the list `old`, on one line if `old` is not a list.

    A comment after the last item of `old` moves to the last new item.
    """
    new = editor.seq(items)
    if not isinstance(old, type(new)) or old.fa.flow_style() or not items:
        new.fa.set_flow_style()
    elif len(old) - 1 in old.ca.items:
        new.ca.items[len(items) - 1] = old.ca.items[len(old) - 1]
    return new


_KEY = re.compile(r"( *)[^\s#'\"\-][^#]*:\s*(#.*)?$")
_ITEM = re.compile(r"( *)-( +)\S")


def _indentation(text: str) -> dict[str, int]:
    """Return the indentation below keys as options of ruamel, from the first block of each kind."""
    options: dict[str, int] = {}
    key = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if key is not None:
            depth = len(line) - len(line.lstrip()) - key
            item = _ITEM.match(line)
            if item and depth >= 0:
                options.setdefault("offset", depth)
                options.setdefault("sequence", depth + 1 + len(item[2]))
            elif not item and depth > 0:
                options.setdefault("mapping", depth)
        start = _KEY.match(line)
        key = len(start[1]) if start else None
    return options


_FLOAT = "tag:yaml.org,2002:float"


class _FloatText(str):
    """A float as written in the file; the type of ruamel would lose digits."""


def _construct_float(_constructor: Any, node: Any) -> _FloatText:
    return _FloatText(node.value)


def _represent_float_text(representer: Any, value: _FloatText) -> Any:
    return representer.represent_scalar(_FLOAT, str(value))


def _represent_float(representer: Any, value: float) -> Any:
    """Represent a float so that YAML 1.1 reads it as one: `1.0e-05`, not `1e-05`."""
    return representer.represent_scalar(_FLOAT, yaml.dump(value).removesuffix("\n"))


def _represent_string(representer: Any, value: str) -> Any:
    """Represent a string so that YAML 1.1 reads it as one: `'yes'`, not `yes`."""
    quoted = yaml.dump(value).startswith(("'", '"'))
    return representer.represent_scalar(
        "tag:yaml.org,2002:str",
        value,
        style='"' if quoted and "\n" in value else "'" if quoted else None,
    )
