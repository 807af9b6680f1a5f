"""Constant expressions: what their value is, without executing anything.

Only literals and operators over them are computed, and only while the result
stays small, so that no expression in a user's file can take time or memory.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Final


class _Unknown:
    """The type of `UNKNOWN`; it is neither true nor equal to anything else."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = _Unknown()

MAX_SIZE = 10_000
_MAX_BITS = 4_096

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}


def literal(node: ast.expr) -> Any:
    """The value of `node` if it is made of literals and operators alone, else `UNKNOWN`.

    Numbers, strings, bytes, booleans, None, and lists, tuples, sets and
    dicts of them are literals; a name is not, even if it is bound to one. So
    is nothing that is nested deeper than Python's own recursion limit.
    """
    try:
        return _literal(node)
    except RecursionError:
        return UNKNOWN


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return UNKNOWN if node.value is Ellipsis else node.value
    if isinstance(node, ast.UnaryOp):
        return unary(node.op, _literal(node.operand))
    if isinstance(node, ast.BinOp):
        return binary(node.op, _literal(node.left), _literal(node.right))
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return _sequence(node)
    if isinstance(node, ast.Dict):
        return _dict(node)
    return UNKNOWN


def _sequence(node: ast.List | ast.Tuple | ast.Set) -> Any:
    items = [_literal(item) for item in node.elts]
    if UNKNOWN in items:
        return UNKNOWN
    if isinstance(node, ast.List):
        return items
    try:
        return tuple(items) if isinstance(node, ast.Tuple) else set(items)
    except TypeError:  # a set of what has no hash: the script fails there too
        return UNKNOWN


def _dict(node: ast.Dict) -> Any:
    result = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = UNKNOWN if key is None else _literal(key)
        item = _literal(value)
        if name is UNKNOWN or item is UNKNOWN:
            return UNKNOWN
        try:
            result[name] = item
        except TypeError:
            return UNKNOWN
    return result


def unary(op: ast.unaryop, value: Any) -> Any:
    """`op value` for a constant, else `UNKNOWN`."""
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(op, ast.Not):
        return not value
    try:
        return _UNARY[type(op)](value)
    except TypeError:
        return UNKNOWN


def binary(op: ast.operator, left: Any, right: Any) -> Any:
    """`left op right` for small constants, else `UNKNOWN`."""
    function = _BINARY.get(type(op))
    if function is None or not (is_constant(left) and is_constant(right)):
        return UNKNOWN
    if not _stays_small(op, left, right):
        return UNKNOWN
    try:
        result = function(left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return UNKNOWN
    return UNKNOWN if isinstance(result, complex) else result


def _stays_small(op: ast.operator, left: Any, right: Any) -> bool:
    if isinstance(op, (ast.Pow, ast.LShift)):
        if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            return False
        bits = left.bit_length() if isinstance(left, int) else 64
        return abs(right) <= _MAX_BITS and (
            isinstance(op, ast.LShift) or bits * abs(right) <= _MAX_BITS
        )
    if isinstance(op, ast.Mult):
        sizes = [len(v) for v in (left, right) if not isinstance(v, (int, float))]
        factors = [v for v in (left, right) if isinstance(v, (int, float))]
        if sizes:
            return len(factors) == 1 and sizes[0] * abs(factors[0]) <= MAX_SIZE
        return all(not isinstance(v, int) or v.bit_length() <= _MAX_BITS for v in factors)
    if isinstance(op, ast.Mod):
        # "%1000000000d" % 1 would make a text of any size.
        return not isinstance(left, (str, bytes))
    return True


def is_constant(value: Any) -> bool:
    """Whether `value` is made of plain values alone, and of no more than `MAX_SIZE` of them."""
    pending = [value]
    seen = 0
    while pending:
        item = pending.pop()
        seen += 1
        if seen > MAX_SIZE:
            return False
        if isinstance(item, (list, tuple, set)):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, (str, bytes)):
            if len(item) > MAX_SIZE:
                return False
        elif item is not None and not isinstance(item, (bool, int, float)):
            return False
    return True
