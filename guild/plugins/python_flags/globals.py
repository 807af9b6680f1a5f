"""Flags of a script that are its global variables."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guild.base import yaml
from guild.flags.flagdef import FlagDef
from guild.plugins.python_flags.constants import UNKNOWN, literal


class _Assignment(NamedTuple):
    name: str
    value: ast.expr
    annotation: ast.expr | None
    line: int


def global_flags(module: ast.Module, file: str) -> dict[str, FlagDef]:
    """The variables that `module` assigns a literal to, each with its last one as default:
    the one that the script goes on with.

    Looked at are the module's own statements and those below
    `if __name__ == "__main__"`; what stands in any other block depends on a
    condition. A flag is a number, a string, a boolean, None or a list of
    such; `file` is named in its source. A name that starts with `_` is none.
    """
    flags: dict[str, FlagDef] = {}
    for name, value, annotation, line in _assignments(module.body):
        if name.startswith("_"):
            continue
        default = literal(value)
        if _can_be_flag(default):
            flags[name] = value_flag(name, default, f"{file}:{line}", annotation)
    return flags


def _can_be_flag(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list))


def _assignments(body: list[ast.stmt]) -> Iterator[_Assignment]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _targets(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            if isinstance(node.target, ast.Name):
                yield _Assignment(node.target.id, node.value, node.annotation, node.lineno)
        elif isinstance(node, ast.If) and is_main_guard(node.test):
            yield from _assignments(node.body)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[_Assignment]:
    if isinstance(target, ast.Name):
        yield _Assignment(target.id, value, None, target.lineno)
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
        if not starred and len(target.elts) == len(value.elts):
            for item, item_value in zip(target.elts, value.elts, strict=True):
                yield from _targets(item, item_value)


def is_main_guard(test: ast.expr) -> bool:
    """Whether `test` is `__name__ == "__main__"`, either way round."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return False
    sides = (test.left, test.comparators[0])
    return (
        isinstance(test.ops[0], ast.Eq)
        and any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
        and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    )


def value_flag(name: str, default: Any, source: str, annotation: ast.expr | None = None) -> FlagDef:
    """The flag for a Python variable that is `default` unless it is set.

    Its type is the annotated one, else that of `default`: `number` for an
    integer too, which may well be given 0.5. None tells nothing and leaves the flag untyped.
    """
    if isinstance(default, (list, tuple)):
        return FlagDef(name, join_values(default), arg_split=True, source=source)
    kind = _value_type(default)
    declared = _annotated_type(annotation)
    if declared and (default is None or isinstance(default, _ACCEPTED[declared])):
        kind = declared
    return FlagDef(name, default, type=kind, source=source)


_ANNOTATED = {"int": "int", "float": "float", "str": "string", "bool": "boolean"}
_ACCEPTED: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "string": str,
    "boolean": bool,
}


def _annotated_type(node: ast.expr | None) -> str | None:
    """The flag type of `int`, `Optional[int]`, `int | None`, `"int"`; None for any other."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError):
            return None
    if isinstance(node, ast.Name):
        return _ANNOTATED.get(node.id)
    if isinstance(node, ast.Subscript):
        name = node.value
        last = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if last in ("Optional", "Final", "ClassVar"):
            return _annotated_type(node.slice)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        return _annotated_type(sides[0]) if len(sides) == 1 else None
    return None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _value_type(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else None


def join_values(values: list[Any] | tuple[Any, ...]) -> str:
    """`values` as one text: shell words, each the YAML of one value (`1 '"2"' a`)."""
    return " ".join(shlex.quote(_inline_yaml(value)) for value in values)


def _inline_yaml(value: Any) -> str:
    if isinstance(value, str):
        try:
            plain = yaml.load(value) == value
        except yaml.YAMLError:
            plain = False
        return value if plain else json.dumps(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_inline_yaml(item) for item in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_inline_yaml(key)}: {_inline_yaml(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    return yaml.dump(value).strip()


# -- Flags that are the items of one global


class NamedGlobal(NamedTuple):
    """The items of a global dict or namespace; `found` is false if there is no such global."""

    flags: dict[str, FlagDef]
    found: bool


def named_global_flags(module: ast.Module, name: str, file: str) -> NamedGlobal:
    """The literal items of the dict or namespace that `module` assigns to `name`.

    It may be a dict display, `dict(...)`, or a call with keyword arguments
    such as `SimpleNamespace(...)`; a class of the module gives its annotated
    or assigned class attributes (a dataclass's fields) as well. Items of a
    nested dict or namespace are named `outer.inner`.
    """
    classes = {node.name: node for node in ast.walk(module) if isinstance(node, ast.ClassDef)}
    flags: dict[str, FlagDef] = {}
    found = False
    for target, value, _annotation, _line in _assignments(module.body):
        if target == name:
            found = True
            _add_items(value, "", file, classes, flags)
            break
    if not found and name in classes:
        found = True
        _add_class_attributes(classes[name], "", file, flags)
    if found:
        _add_later_items(module.body, name, file, flags)
    return NamedGlobal(flags, found)


def _add_items(
    value: ast.expr,
    prefix: str,
    file: str,
    classes: Mapping[str, ast.ClassDef],
    flags: dict[str, FlagDef],
) -> None:
    for key, item, annotation in _items(value, classes):
        if key.startswith("_"):
            continue
        name = prefix + key
        default = literal(item)
        if default is UNKNOWN or isinstance(default, dict):
            _add_items(item, f"{name}.", file, classes, flags)
        elif _can_be_flag(default) or isinstance(default, tuple):
            flags.setdefault(name, value_flag(name, default, f"{file}:{item.lineno}", annotation))


def _items(
    value: ast.expr, classes: Mapping[str, ast.ClassDef]
) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from _items(item, classes)
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, item, None
    elif isinstance(value, ast.Call):
        given = {keyword.arg: keyword.value for keyword in value.keywords if keyword.arg}
        known = classes.get(value.func.id) if isinstance(value.func, ast.Name) else None
        for attribute in _class_attributes(known) if known else ():
            item = given.pop(attribute.name, attribute.value)
            yield attribute.name, item, attribute.annotation
        for name, item in given.items():
            yield name, item, None
        if not known:  # dict({...}), EasyDict({...}), SimpleNamespace(**{...})
            for argument in value.args:
                yield from _items(argument, classes)
            for keyword in value.keywords:
                if keyword.arg is None:
                    yield from _items(keyword.value, classes)


def _class_attributes(node: ast.ClassDef) -> Iterator[_Assignment]:
    for assignment in _assignments(node.body):
        value = assignment.value
        if isinstance(value, ast.Call):  # dataclasses.field(default=...)
            for keyword in value.keywords:
                if keyword.arg == "default":
                    value = keyword.value
        yield assignment._replace(value=value)


def _add_class_attributes(
    node: ast.ClassDef, prefix: str, file: str, flags: dict[str, FlagDef]
) -> None:
    for name, value, annotation, line in _class_attributes(node):
        default = literal(value)
        if not name.startswith("_") and (_can_be_flag(default) or isinstance(default, tuple)):
            flags.setdefault(
                prefix + name, value_flag(prefix + name, default, f"{file}:{line}", annotation)
            )


def _add_later_items(body: list[ast.stmt], name: str, file: str, flags: dict[str, FlagDef]) -> None:
    """Items that are assigned one by one: `name.lr = 0.1`, `name["lr"] = 0.1`."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                key = _item_of(target, name)
                default = literal(node.value)
                if key and not key.startswith("_") and _can_be_flag(default):
                    flags.setdefault(key, value_flag(key, default, f"{file}:{node.lineno}"))


def _item_of(target: ast.expr, name: str) -> str | None:
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return None
    if not (isinstance(target.value, ast.Name) and target.value.id == name):
        return None
    if isinstance(target, ast.Attribute):
        return target.attr
    key = target.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
