"""Values of constant expressions, computed without executing anything.

Only literals and operators on them are evaluated, and only while the result stays
small, so that no expression in a user's file can take much time or memory.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Final


class _Unknown:
    """The type of `UNKNOWN`, which is false and equal only to itself."""

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
    """Return the value of `node` if it contains only literals and operators, else `UNKNOWN`.

    Literals are numbers, strings, bytes, booleans, None, and lists, tuples, sets and
    dicts of these. Names are not, even if they are bound to a literal. Expressions
    nested deeper than Python's recursion limit are `UNKNOWN`.
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
    except TypeError:  # unhashable items: the script fails here too
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
    """Return `op value` for a constant, else `UNKNOWN`."""
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(op, ast.Not):
        return not value
    try:
        return _UNARY[type(op)](value)
    except TypeError:
        return UNKNOWN


def binary(op: ast.operator, left: Any, right: Any) -> Any:
    """Return `left op right` for small constants, else `UNKNOWN`."""
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
        # "%1000000000d" % 1 would create a huge string.
        return not isinstance(left, (str, bytes))
    return True


def is_scalar(value: Any) -> bool:
    """Return whether `value` is None, a boolean, a number or a string."""
    return value is None or isinstance(value, (bool, int, float, str))


def is_constant(value: Any) -> bool:
    """Return whether `value` consists of at most `MAX_SIZE` plain values."""
    pending = [value]
    count = 0
    while pending:
        item = pending.pop()
        count += 1
        if count > MAX_SIZE:
            return False
        if isinstance(item, (list, tuple, set)):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, (str, bytes)):
            if len(item) > MAX_SIZE:
                return False
        elif not is_scalar(item):
            return False
    return True
