"""A script's syntax tree with the values of flags in place of the values that it assigns.

The user's file is what is run, as if its assignments had been edited by hand:
the values are there for the first line that reads them, and no later
assignment takes them away. Nothing is inserted that a reader of the program's
state (`globals()`, a traceback, a debugger) could see.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from guild.base.errors import GuildError
from guild.plugins.python_flags.constants import UNKNOWN, literal
from guild.plugins.python_flags.globals import is_main_guard

_Node = TypeVar("_Node", bound=ast.AST)

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


class Rewritten(NamedTuple):
    """Whether anything changed, and the values of names that are never assigned."""

    changed: bool
    missing: dict[str, Any]


def set_globals(module: ast.Module, values: Mapping[str, Any]) -> Rewritten:
    """Put `values` in place of what `module` assigns to the globals of these names.

    Rewritten are all assignments among the module's own statements and in its
    `if`, `try`, `with`, loop and `match` blocks: plain, chained, annotated,
    unpacked and `:=`. Left alone are assignments that compute on: `x += 1`,
    `x = f(x)`, one below a condition on `x`, and one in a loop that assigns
    something other than a literal. A global whose last literal already is the
    value is left as it is, so that a flag at its default changes nothing.

    What the module never assigns is to be set before its first statement.
    Raises GuildError for a value that no Python literal can express.
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
    """Put `values` into the dict or namespace that `module` assigns to `target`.

    A name `a.b` is item `b` of item `a`. After each assignment to `target` as
    a whole its items are set; an assignment to one item (`target["a"] = 1`,
    `target.a = 1`) gives the flag's value instead. Returns whether `target` is
    assigned at all. Raises GuildError as `set_globals` does.
    """
    rewriter = _ItemRewriter(target, values)
    rewriter.rewrite_body(module.body)
    return rewriter.assigned


def _last_literals(module: ast.Module) -> dict[str, Any]:
    """The globals that `module` assigns literals to, each with the last one.

    They are the defaults that flags of these names have.
    """
    found: dict[str, Any] = {}
    for target, value in _assigned(module.body):
        for name, item in _pairs(target, value):
            default = literal(item)
            if default is not UNKNOWN:
                found[name] = default
    return found


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
    """Whether `target = value` assigns display to display, item by item."""
    if not (isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List))):
        return False
    starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
    return not starred and len(target.elts) == len(value.elts)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statement lists right inside `node` that run in the same scope."""
    if isinstance(node, _NESTED_SCOPES):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body


def _same(one: Any, other: Any) -> bool:
    """Whether a script cannot tell the two values apart; 1, 1.0 and True are three values."""
    if isinstance(one, tuple) and isinstance(other, list):  # flags know no tuples
        other = tuple(other)
    return type(one) is type(other) and repr(one) == repr(other)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


class _GlobalRewriter:
    """Rewrites statement lists in place; `found` are the names it met an assignment of."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.assigned: set[str] = set()
        self._kept: tuple[ast.expr, ...] = ()  # the conditions around the statement
        self._loops = 0

    def rewrite_body(self, body: list[ast.stmt]) -> None:
        at = 0
        while at < len(body):
            after = self._rewrite(body[at])
            body[at + 1 : at + 1] = after
            at += 1 + len(after)

    def _rewrite(self, node: ast.stmt) -> list[ast.stmt]:
        """Rewrite one statement; returns those that are to follow it."""
        after = self._assign(node) if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            node.value = self._value(node.target.id, node.value)
        self._walruses(node)
        self._enter(node)
        return after

    def _enter(self, node: ast.stmt) -> None:
        outer, loops = self._kept, self._loops
        if isinstance(node, (ast.If, ast.While)):
            self._kept = (*outer, node.test)
        elif isinstance(node, ast.Match):
            self._kept = (*outer, node.subject)
        self._loops += isinstance(node, _LOOPS)
        for block in _blocks(node):
            self.rewrite_body(block)
        self._kept, self._loops = outer, loops

    def _assign(self, node: ast.Assign) -> list[ast.stmt]:
        if len(node.targets) == 1:
            node.value, rest = self._put(node.targets[0], node.value)
        else:  # one value for several names: those that are flags get theirs right after
            rest = [
                name
                for target in node.targets
                for name in _names(target)
                if self._wins(name, node.value)
            ]
        return [_assignment(name, self.values[name], node) for name in rest]

    def _put(self, target: ast.expr, value: ast.expr) -> tuple[ast.expr, list[str]]:
        """`value` with flags put in, and the flags of `target` that could not be."""
        if isinstance(target, ast.Name):
            return self._value(target.id, value), []
        if not _unpacks(target, value):
            return value, [name for name in _names(target) if self._wins(name, value)]
        put = [
            self._put(item, item_value)
            for item, item_value in zip(target.elts, value.elts, strict=True)  # type: ignore[attr-defined]
        ]
        value.elts = [item for item, _ in put]  # type: ignore[attr-defined]
        return value, [name for _, rest in put for name in rest]

    def _value(self, name: str, value: ast.expr) -> ast.expr:
        return _constant(name, self.values[name], value) if self._wins(name, value) else value

    def _wins(self, name: str, value: ast.expr) -> bool:
        """Whether an assignment of `value` to `name` is to give the flag's value."""
        if name not in self.values:
            return False
        self.assigned.add(name)
        if _mentions(value, name) or any(_mentions(test, name) for test in self._kept):
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
                node.value = _constant(name, self.values[name], node)  # type: ignore[attr-defined]
        return []

    def _edit(self, value: ast.expr, prefix: str) -> None:
        """Put flags into `{"a": 1}`, `Settings(a=1)` and `dict({"a": 1})` themselves.

        What is computed from the items while the value is made sees them then.
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
            return _constant(name, self.values[name], value)
        self._edit(value, f"{name}.")
        return value

    def _item(self, node: ast.expr) -> str:
        """`a.b` for `target["a"]["b"]` and `target.a.b`; "" if it is something else."""
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


SET_ITEMS = "\0guild:set_items"
"""Stands in the tree for the code that sets items, which no syntax tree can hold."""


def set_items_statement(target: str, values: Mapping[str, Any], origin: ast.AST) -> ast.stmt:
    """A statement that sets `values` in the dict or namespace `target`.

    It is `exec(SET_ITEMS, {...})`: names of its own would stay behind.
    """
    [statement] = ast.parse(f"exec({SET_ITEMS!r}, {{'target': {target}}})").body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    arguments = statement.value.args[1]
    assert isinstance(arguments, ast.Dict)
    arguments.keys.append(ast.Constant("values"))
    arguments.values.append(value_expression(target, dict(values)))
    return at_origin(statement, origin)


def _assignment(name: str, value: Any, origin: ast.stmt) -> ast.stmt:
    target = ast.Name(name, ast.Store())
    return at_origin(ast.Assign([target], value_expression(name, value)), origin)


def _constant(name: str, value: Any, origin: ast.AST) -> ast.expr:
    if isinstance(origin, ast.Tuple) and isinstance(value, list):  # flags know no tuples
        value = tuple(value)
    return at_origin(value_expression(name, value), origin)


def value_expression(name: str, value: Any) -> ast.expr:
    """The syntax of `value`, which the flag `name` has. Raises GuildError if there is none."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return ast.Constant(value)
    if isinstance(value, (list, tuple)):
        items = [value_expression(name, item) for item in value]
        return (ast.List if isinstance(value, list) else ast.Tuple)(items, ast.Load())
    if isinstance(value, Mapping):
        keys: list[ast.expr | None] = [value_expression(name, key) for key in value]
        return ast.Dict(keys, [value_expression(name, item) for item in value.values()])
    raise GuildError(
        f"flag '{name}' cannot be set as a global: {value!r} is a {type(value).__name__}; "
        "quote it to make it a string"
    )


def at_origin(node: _Node, origin: ast.AST) -> _Node:
    """`node` at the place in the file where `origin` is, so that tracebacks show that."""
    for part in ast.walk(node):
        if "lineno" in part._attributes:
            ast.copy_location(part, origin)
    return node
