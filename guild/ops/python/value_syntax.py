"""Syntax tree nodes that express the values of flags."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, TypeVar

from guild.base.errors import GuildError
from guild.ops.python.flags_dest import SET_ITEMS

_Node = TypeVar("_Node", bound=ast.AST)


def set_items_statement(target: str, values: Mapping[str, Any], origin: ast.AST) -> ast.stmt:
    """Return a statement that sets `values` in the dict or namespace `target`.

    It is `exec(SET_ITEMS, {...})`, which leaves no names behind.
    """
    [statement] = ast.parse(f"exec({SET_ITEMS!r}, {{'target': {target}}})").body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    arguments = statement.value.args[1]
    assert isinstance(arguments, ast.Dict)
    arguments.keys.append(ast.Constant("values"))
    arguments.values.append(value_expression(target, dict(values)))
    return _at_origin(statement, origin)


def assignment(name: str, value: Any, origin: ast.stmt) -> ast.stmt:
    """Return a statement that assigns `value` to `name`, located at `origin`."""
    target = ast.Name(name, ast.Store())
    return _at_origin(ast.Assign([target], value_expression(name, value)), origin)


def constant(name: str, value: Any, origin: ast.AST) -> ast.expr:
    """Return a literal for `value` of the flag `name` that replaces `origin`."""
    if isinstance(origin, ast.Tuple) and isinstance(value, list):  # flags cannot be tuples
        value = tuple(value)
    return _at_origin(value_expression(name, value), origin)


def value_expression(name: str, value: Any) -> ast.expr:
    """Return the literal for `value` of the flag `name`. Raises GuildError if it has none."""
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


def _at_origin(node: _Node, origin: ast.AST) -> _Node:
    """Give `node` the location of `origin` for tracebacks, and return it."""
    for part in ast.walk(node):
        if "lineno" in part._attributes:
            ast.copy_location(part, origin)
    return node
