"""Flags of scripts that do not parse a command line: their global variables."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guild.base import yaml
from guild.base.errors import GuildError
from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.extend.program import Program
from guild.flags.flagdef import FlagDef
from guild.plugins.flags.interpreter.constants import UNKNOWN, is_scalar, literal

_MAX_DEPTH = 8


class GlobalsFinder(FlagFinder):
    """Finds the global variables of any script, or the items of one of them."""

    dests = frozenset({"globals", "global", "dict", "namespace"})

    def claims(self, program: Program) -> bool:
        return not program.is_notebook

    def find(self, program: Program) -> FoundFlags:
        """Return the script's globals. Raises GuildError if a requested one does not exist."""
        kind, _, name = (program.dest or "").partition(":")
        if kind not in ("global", "dict", "namespace"):
            return FoundFlags(global_flags(program.tree, program.name), "globals")
        flags = _item_flags(program.tree, name, program.name)
        if flags is None:
            raise GuildError(
                f"{program.name}:1: global '{name}' not found (flags-dest: {program.dest})"
            )
        return FoundFlags(flags, f"{kind}:{name}")


class _Assignment(NamedTuple):
    name: str
    value: ast.expr
    annotation: ast.expr | None
    line: int


def global_flags(module: ast.Module, file: str) -> dict[str, FlagDef]:
    """Return the variables that `module` sets to a literal, with the last literal as default.

    Only the module's own statements and those under `if __name__ == "__main__"` are
    considered, because other blocks depend on a condition. A flag is a number, string,
    boolean, None or list of these. Names that start with `_` are skipped. `file` is
    part of the source of the flags.
    """
    flags: dict[str, FlagDef] = {}
    for name, value, annotation, line in _assignments(module.body):
        if name.startswith("_"):
            continue
        default = literal(value)
        if _can_be_flag(default):
            flags[name] = _value_flag(name, default, f"{file}:{line}", annotation)
    return flags


def _can_be_flag(value: Any) -> bool:
    return is_scalar(value) or isinstance(value, list)


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
    """Return whether `test` is `__name__ == "__main__"`, in either order."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return False
    sides = (test.left, test.comparators[0])
    return (
        isinstance(test.ops[0], ast.Eq)
        and any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
        and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    )


def _value_flag(
    name: str, default: Any, source: str, annotation: ast.expr | None = None
) -> FlagDef:
    """Return the flag for a variable with the value `default`.

    Its type is the annotated one if `default` matches, else that of `default`. Integers
    are `number` because the script may accept 0.5 as well. None leaves the flag untyped.
    """
    if isinstance(default, (list, tuple)):
        return FlagDef(name, _join_values(default), arg_split=True, source=source)
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
    """Return the flag type for `int`, `Optional[int]`, `int | None` or `"int"`, else None."""
    while node is not None and not isinstance(node, ast.Name):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        elif isinstance(node, ast.Subscript):
            name = node.value
            last = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
            node = node.slice if last in ("Optional", "Final", "ClassVar") else None
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = [side for side in (node.left, node.right) if not _is_none(side)]
            node = sides[0] if len(sides) == 1 else None
        else:
            return None
    return None if node is None else _ANNOTATED.get(node.id)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _value_type(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else None


def _join_values(values: list[Any] | tuple[Any, ...]) -> str:
    """Join `values` into shell words, each a value in YAML (`1 '"2"' a`)."""
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


def _item_flags(module: ast.Module, name: str, file: str) -> dict[str, FlagDef] | None:
    """Return the literal items of the global dict or namespace `name`, or None without one.

    It may be a dict display, `dict(...)` or a call with keyword arguments such as
    `SimpleNamespace(...)`. A class of the module also provides its class attributes,
    such as the fields of a dataclass. Items of nested dicts and namespaces are named
    `outer.inner`.
    """
    classes = {node.name: node for node in ast.walk(module) if isinstance(node, ast.ClassDef)}
    flags: dict[str, FlagDef] = {}
    values = [a.value for a in _assignments(module.body) if a.name == name]
    if values:
        _add_items(values[0], "", file, classes, flags)
    elif name in classes:
        _add_class_attributes(classes[name], "", file, flags)
    else:
        return None
    _add_later_items(module.body, name, file, flags)
    return flags


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
            if prefix.count(".") < _MAX_DEPTH:  # a class may contain itself
                _add_items(item, f"{name}.", file, classes, flags)
        elif _can_be_flag(default) or isinstance(default, tuple):
            flags.setdefault(name, _value_flag(name, default, f"{file}:{item.lineno}", annotation))


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
        keywords = {keyword.arg: keyword.value for keyword in value.keywords if keyword.arg}
        cls = classes.get(value.func.id) if isinstance(value.func, ast.Name) else None
        for attribute in _class_attributes(cls) if cls else ():
            item = keywords.pop(attribute.name, attribute.value)
            yield attribute.name, item, attribute.annotation
        for name, item in keywords.items():
            yield name, item, None
        if not cls:  # dict({...}), EasyDict({...}), SimpleNamespace(**{...})
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
                prefix + name, _value_flag(prefix + name, default, f"{file}:{line}", annotation)
            )


def _add_later_items(body: list[ast.stmt], name: str, file: str, flags: dict[str, FlagDef]) -> None:
    """Add items that are assigned one by one: `name.lr = 0.1`, `name["lr"] = 0.1`."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                key = _assigned_key(target, name)
                default = literal(node.value)
                if key and not key.startswith("_") and _can_be_flag(default):
                    flags.setdefault(key, _value_flag(key, default, f"{file}:{node.lineno}"))


def _assigned_key(target: ast.expr, name: str) -> str | None:
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return None
    if not (isinstance(target.value, ast.Name) and target.value.id == name):
        return None
    if isinstance(target, ast.Attribute):
        return target.attr
    key = target.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
