"""Rewriting a script's syntax tree to assign flag values instead of its own.

The result behaves as if the user had edited the assignments by hand. Values are set before
the first line that reads them, and later assignments do not undo them. Nothing is inserted
that `globals()`, a traceback or a debugger would show.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guild.ops.python.flags_dest import FlagChanges, FlagValues
from guild.ops.python.value_syntax import assignment, constant, set_items_statement
from guild.plugins.flags.globals_finder import is_main_guard
from guild.plugins.flags.interpreter.constants import UNKNOWN, literal

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_NESTED_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def set_flags(module: ast.Module, flags: FlagValues) -> FlagChanges:
    """Set `flags` in `module`. Raises GuildError for values that cannot be set."""
    if flags.target:
        if set_items(module, flags.target, flags.values):
            return FlagChanges(True)
        start = {flags.target: _nested(flags.values)}
        return FlagChanges(True, {}, start) if flags.namespace else FlagChanges(True, start)
    plain, items = _split_items(flags.values)
    changed, missing = set_globals(module, plain)
    for target, values in items.items():
        changed = set_items(module, target, values) or changed
    return FlagChanges(changed or bool(missing), missing)


def _split_items(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Separate values of globals from values of their items (`a.b`), grouped by global."""
    plain: dict[str, Any] = {}
    items: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        target, dot, item = name.partition(".")
        if dot:
            items.setdefault(target, {})[item] = value
        else:
            plain[name] = value
    return plain, items


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert `{"a.b": 1}` to `{"a": {"b": 1}}`."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *outer, last = name.split(".")
        level = tree
        for part in outer:
            inner = level.get(part)
            if not isinstance(inner, dict):
                inner = level[part] = {}
            level = inner
        level[last] = value
    return tree


class Rewritten(NamedTuple):
    """The result of a rewrite: whether code changed, and the values of unassigned names."""

    changed: bool
    missing: dict[str, Any]


def set_globals(module: ast.Module, values: Mapping[str, Any]) -> Rewritten:
    """Replace the values that `module` assigns to globals by `values`.

    All assignments at module level and in `if`, `try`, `with`, loop and `match` blocks are
    rewritten: plain, chained, annotated, unpacked from a list or tuple, and `:=`. Assignments
    that update a value are kept: `x += 1`, `x = f(x)`, assignments below a condition on `x`,
    and those of non-literals in a loop. So are names that unpack a computed value. A global
    whose last literal equals the value is kept as well, so a flag with its default value
    changes nothing.

    The caller must set `missing` values, which the module never assigns, before its first
    statement. Raises GuildError for a value that a Python literal cannot express.
    """
    literals = _last_literals(module)
    changed = {
        name: value
        for name, value in values.items()
        if not (name in literals and _same(literals[name], value))
    }
    rewriter = _GlobalRewriter(changed)
    rewriter.rewrite_body(module.body)
    missing = {name: value for name, value in changed.items() if name not in rewriter.assigned}
    return Rewritten(bool(rewriter.assigned), missing)


def set_items(module: ast.Module, target: str, values: Mapping[str, Any]) -> bool:
    """Set `values` in the dict or namespace that `module` assigns to `target`.

    A name `a.b` is item `b` of item `a`. The items are set after each assignment to
    `target` itself. An assignment to one item (`target["a"] = 1`, `target.a = 1`) gets the
    flag's value instead. Return whether the module assigns `target`. Raises GuildError as
    `set_globals` does.
    """
    rewriter = _ItemRewriter(target, values)
    rewriter.rewrite_body(module.body)
    return rewriter.assigned


def _last_literals(module: ast.Module) -> dict[str, Any]:
    """Return the last literal assigned to each global, which is its flag's default."""
    literals: dict[str, Any] = {}
    for target, value in _assigned(module.body):
        for name, item in _pairs(target, value):
            default = literal(item)
            if default is not UNKNOWN:
                literals[name] = default
    return literals


def _assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield target, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.If) and is_main_guard(node.test):
            yield from _assigned(node.body)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif _unpacks(target, value):
        for item, item_value in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]
            yield from _pairs(item, item_value)


def _unpacks(target: ast.expr, value: ast.expr) -> bool:
    """Return whether `target = value` unpacks a tuple or list display item by item."""
    if not (isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List))):
        return False
    starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
    return not starred and len(target.elts) == len(value.elts)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the statement lists directly inside `node` that run in the same scope."""
    if isinstance(node, _NESTED_SCOPES):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body


def _same(default: Any, value: Any) -> bool:
    """Return whether a script cannot distinguish the values; 1, 1.0 and True differ."""
    if isinstance(default, tuple) and isinstance(value, list):  # flags cannot be tuples
        value = tuple(value)
    return type(default) is type(value) and repr(default) == repr(value)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


class _GlobalRewriter:
    """Rewrites statement lists in place and collects the `assigned` names."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.assigned: set[str] = set()
        self._conditions: tuple[ast.expr, ...] = ()  # the tests of the enclosing blocks
        self._loops = 0

    def rewrite_body(self, body: list[ast.stmt]) -> None:
        at = 0
        while at < len(body):
            after = self._rewrite(body[at])
            body[at + 1 : at + 1] = after
            at += 1 + len(after)

    def _rewrite(self, node: ast.stmt) -> list[ast.stmt]:
        """Rewrite one statement and return the statements to insert after it."""
        after = self._assign(node) if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            node.value = self._value(node.target.id, node.value)
        self._walruses(node)
        self._enter(node)
        return after

    def _enter(self, node: ast.stmt) -> None:
        outer, loops = self._conditions, self._loops
        if isinstance(node, (ast.If, ast.While)):
            self._conditions = (*outer, node.test)
        elif isinstance(node, ast.Match):
            self._conditions = (*outer, node.subject)
        self._loops += isinstance(node, _LOOPS)
        for block in _blocks(node):
            self.rewrite_body(block)
        self._conditions, self._loops = outer, loops

    def _assign(self, node: ast.Assign) -> list[ast.stmt]:
        if len(node.targets) == 1:
            node.value, rest = self._replace(node.targets[0], node.value)
        else:  # one value for several names: set those that are flags right after
            rest = [name for target in node.targets for name in self._set_after(target, node.value)]
        return [assignment(name, self.values[name], node) for name in rest]

    def _replace(self, target: ast.expr, value: ast.expr) -> tuple[ast.expr, list[str]]:
        """Return `value` with flag values set, and the flags of `target` that remain to be set."""
        if isinstance(target, ast.Name):
            return self._value(target.id, value), []
        if not _unpacks(target, value):
            return value, self._set_after(target, value)
        replaced = [
            self._replace(item, item_value)
            for item, item_value in zip(target.elts, value.elts, strict=True)  # type: ignore[attr-defined]
        ]
        value.elts = [item for item, _ in replaced]  # type: ignore[attr-defined]
        return value, [name for _, rest in replaced for name in rest]

    def _set_after(self, target: ast.expr, value: ast.expr) -> list[str]:
        """Return the flags in `target` to set after the assignment of `value` to it.

        Names that unpack a computed value, such as `a, b = sys.argv[1:3]`, are left alone.
        """
        if not isinstance(target, ast.Name) and not isinstance(value, (ast.Tuple, ast.List)):
            return []
        return [name for name in _names(target) if self._is_replaced(name, value)]

    def _value(self, name: str, value: ast.expr) -> ast.expr:
        return constant(name, self.values[name], value) if self._is_replaced(name, value) else value

    def _is_replaced(self, name: str, value: ast.expr) -> bool:
        """Return whether the flag's value replaces `value` in an assignment to `name`."""
        if name not in self.values:
            return False
        self.assigned.add(name)
        if _mentions(value, name) or any(_mentions(test, name) for test in self._conditions):
            return False
        return not self._loops or literal(value) is not UNKNOWN

    def _walruses(self, node: ast.AST) -> None:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, (ast.stmt, *_NESTED_SCOPES)):
                continue
            if isinstance(part, ast.NamedExpr):
                part.value = self._value(part.target.id, part.value)
            self._walruses(part)


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _names(item)


class _ItemRewriter:
    """Rewrites statement lists in place for the items of one global."""

    def __init__(self, target: str, values: Mapping[str, Any]) -> None:
        self.target = target
        self.values = values
        self.assigned = False

    def rewrite_body(self, body: list[ast.stmt]) -> None:
        at = 0
        while at < len(body):
            after = self._rewrite(body[at])
            body[at + 1 : at + 1] = after
            for block in _blocks(body[at]):
                self.rewrite_body(block)
            at += 1 + len(after)

    def _rewrite(self, node: ast.stmt) -> list[ast.stmt]:
        targets: Sequence[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = (node.target,)
        if any(self.target in _names(target) for target in targets):
            self.assigned = True
            self._edit(node.value, "")  # type: ignore[attr-defined]
            return [set_items_statement(self.target, self.values, node)]
        if isinstance(node, ast.ClassDef) and node.name == self.target:
            self.assigned = True
            _GlobalRewriter(self.values).rewrite_body(node.body)
            return [set_items_statement(self.target, self.values, node)]
        for target in targets:
            name = self._item(target)
            if name in self.values:
                node.value = constant(name, self.values[name], node)  # type: ignore[attr-defined]
        return []

    def _edit(self, value: ast.expr, prefix: str) -> None:
        """Set flags inside `{"a": 1}`, `Settings(a=1)` and `dict({"a": 1})` themselves.

        Other items that are computed from them then use the flag values.
        """
        if isinstance(value, ast.Dict):
            for at, key in enumerate(value.keys):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    value.values[at] = self._edited(value.values[at], f"{prefix}{key.value}")
                elif key is None:
                    self._edit(value.values[at], prefix)
        elif isinstance(value, ast.Call):
            for argument in value.args:
                self._edit(argument, prefix)
            for keyword in value.keywords:
                if keyword.arg is None:
                    self._edit(keyword.value, prefix)
                else:
                    keyword.value = self._edited(keyword.value, f"{prefix}{keyword.arg}")

    def _edited(self, value: ast.expr, name: str) -> ast.expr:
        if name in self.values:
            return constant(name, self.values[name], value)
        self._edit(value, f"{name}.")
        return value

    def _item(self, node: ast.expr) -> str:
        """Return `a.b` for `target["a"]["b"]` or `target.a.b`, and "" for other expressions."""
        path: list[str] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                path.append(node.attr)
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                path.append(str(node.slice.value))
            else:
                return ""
            node = node.value
        return ".".join(reversed(path)) if node.id == self.target else ""
