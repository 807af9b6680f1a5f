"""Expressions of an interpreted program: their values, as far as they can be known."""

from __future__ import annotations

import ast
import operator
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from guild.plugins.flags.interpreter import constants
from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant
from guild.plugins.flags.interpreter.names import Names, set_item
from guild.plugins.flags.interpreter.values import (
    Call,
    Class,
    External,
    Function,
    Scope,
    Subscripted,
    Thing,
    Tracked,
    iterate,
    join,
    truth,
)

MAX_ITERATIONS = 500

_TYPE_MODULES = ("builtins", "typing", "typing_extensions")

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class Expressions(Names):
    """The part of the interpreter that evaluates expressions."""

    @abstractmethod
    def call(self, function: Any, call: Call) -> Any:
        """Return the result of `function(...)`."""

    @abstractmethod
    def attribute(self, owner: Any, name: str) -> Any:
        """Return `owner.name`."""

    @abstractmethod
    def _super(self, call: Call) -> Any: ...

    def evaluate(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of the expression `node`."""
        self._step()
        method = getattr(self, f"_get_{type(node).__name__.lower()}", None)
        return UNKNOWN if method is None else method(node, scope)

    def _get_constant(self, node: ast.Constant, scope: Scope) -> Any:
        return constants.literal(node)

    def _get_name(self, node: ast.Name, scope: Scope) -> Any:
        return self._lookup(node.id, scope)

    def _get_namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.evaluate(node.value, scope)
        self._assign(node.target, value, scope)
        return value

    def _get_await(self, node: ast.Await, scope: Scope) -> Any:
        return self.evaluate(node.value, scope)

    def _get_lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return self._function(node, scope)

    def _get_unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.evaluate(node.operand, scope)
        if isinstance(node.op, ast.Not):
            test = truth(value)
            return UNKNOWN if test is UNKNOWN else not test
        return constants.unary(node.op, value) if is_constant(value) else UNKNOWN

    def _get_binop(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        if isinstance(node.op, ast.Add) and isinstance(left, list) and isinstance(right, list):
            # Items may be things, such as click's options, which are not constants.
            return left + right if len(left) + len(right) < constants.MAX_SIZE else UNKNOWN
        if isinstance(node.op, ast.Div) and isinstance(left, str) and isinstance(right, str):
            return f"{left}/{right}"  # paths are represented by strings
        return constants.binary(node.op, left, right)

    def _get_boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = UNKNOWN
        for operand in node.values:
            value = self.evaluate(operand, scope)
            test = truth(value)
            if test is UNKNOWN:
                return UNKNOWN
            if test is isinstance(node.op, ast.Or):
                return value
        return value

    def _get_compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self.evaluate(node.left, scope)
        rights = [self.evaluate(right, scope) for right in node.comparators]
        if len(rights) != 1:
            return UNKNOWN
        right = rights[0]
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            same = _is_same(left, right)
            return same if same is UNKNOWN or isinstance(node.ops[0], ast.Is) else not same
        function = _COMPARE.get(type(node.ops[0]))
        if function is None or not (is_constant(left) and is_constant(right)):
            return UNKNOWN
        try:
            return function(left, right)
        except TypeError:
            return UNKNOWN

    def _get_ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        test = truth(self.evaluate(node.test, scope))
        if test is not UNKNOWN:
            return self.evaluate(node.body if test else node.orelse, scope)
        with self._doubt():
            return join(self.evaluate(node.body, scope), self.evaluate(node.orelse, scope))

    def _get_joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = [self.evaluate(part, scope) for part in node.values]
        return "".join(parts) if all(isinstance(part, str) for part in parts) else UNKNOWN

    def _get_formattedvalue(self, node: ast.FormattedValue, scope: Scope) -> Any:
        value = self.evaluate(node.value, scope)
        plain = node.conversion == -1 and node.format_spec is None and is_constant(value)
        return str(value) if plain else UNKNOWN

    def _elements(self, nodes: Sequence[ast.expr], scope: Scope) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                more = iterate(self.evaluate(node.value, scope))
                items.extend([UNKNOWN] if more is None else more)
            else:
                items.append(self.evaluate(node, scope))
        return items

    def _get_list(self, node: ast.List, scope: Scope) -> Any:
        return self._elements(node.elts, scope)

    def _get_tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        return tuple(self._elements(node.elts, scope))

    def _get_set(self, node: ast.Set, scope: Scope) -> Any:
        items = self._elements(node.elts, scope)
        try:
            return set(items)
        except TypeError:
            return UNKNOWN

    def _get_dict(self, node: ast.Dict, scope: Scope) -> Any:
        result: dict[Any, Any] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value = self.evaluate(value_node, scope)
            if key_node is None:
                result.update(value if isinstance(value, dict) else {UNKNOWN: UNKNOWN})
            else:
                key = self.evaluate(key_node, scope)
                set_item(result, key if is_constant(key) else UNKNOWN, value)
        return result

    def _get_listcomp(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Any:
        rows = self._comprehend(node.generators, Scope(scope.module, scope))
        if rows is None:
            return UNKNOWN
        return [self.evaluate(node.elt, row) for row in rows]

    _get_generatorexp = _get_listcomp

    def _get_setcomp(self, node: ast.SetComp, scope: Scope) -> Any:
        rows = self._comprehend(node.generators, Scope(scope.module, scope))
        if rows is None:
            return UNKNOWN
        items = [self.evaluate(node.elt, row) for row in rows]
        return set(items) if is_constant(items) and _all_hashable(items) else UNKNOWN

    def _get_dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        rows = self._comprehend(node.generators, Scope(scope.module, scope))
        if rows is None:
            return UNKNOWN
        result: dict[Any, Any] = {}
        for row in rows:
            key = self.evaluate(node.key, row)
            set_item(result, key if is_constant(key) else UNKNOWN, self.evaluate(node.value, row))
        return result

    def _comprehend(
        self, generators: Sequence[ast.comprehension], scope: Scope
    ) -> list[Scope] | None:
        """Return the scopes in which to evaluate a comprehension's element.

        Returns None if the items of a generator are unknown.
        """
        if not generators:
            return [scope]
        first, rest = generators[0], generators[1:]
        items = iterate(self.evaluate(first.iter, scope))
        if items is None or len(items) > MAX_ITERATIONS:
            return None
        rows: list[Scope] = []
        for item in items:
            row = Scope(scope.module, scope)
            self._assign(first.target, item, row)
            tests = [truth(self.evaluate(test, row)) for test in first.ifs]
            if UNKNOWN in tests:
                return None
            if all(tests):
                inner = self._comprehend(rest, row)
                if inner is None:
                    return None
                rows.extend(inner)
        return rows

    def _get_subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner = self.evaluate(node.value, scope)
        key = self.evaluate(node.slice, scope)
        if isinstance(owner, Tracked):
            return owner.item()
        if isinstance(owner, External) and owner.name.split(".")[0] in _TYPE_MODULES:
            return Subscripted(owner.name, key if isinstance(key, tuple) else (key,))
        if isinstance(owner, dict) and UNKNOWN in owner:
            return UNKNOWN
        if isinstance(owner, (list, tuple)) and UNKNOWN in owner:
            return UNKNOWN
        if not isinstance(owner, (dict, list, tuple, str)) or not is_constant(key):
            return UNKNOWN
        try:
            return owner[key]
        except (LookupError, TypeError):
            return UNKNOWN

    def _get_slice(self, node: ast.Slice, scope: Scope) -> Any:
        return UNKNOWN

    def _get_attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.evaluate(node.value, scope), node.attr)

    def _get_call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.evaluate(node.func, scope)
        call = self._arguments(node, scope)
        if isinstance(function, External) and function.name == "builtins.super":
            return self._super(call)
        return self.call(function, call)

    def _arguments(self, node: ast.Call, scope: Scope) -> Call:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        complete = True
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                items = iterate(self.evaluate(arg.value, scope))
                complete = complete and items is not None and UNKNOWN not in items
                args.extend(items or ())
            else:
                args.append(self.evaluate(arg, scope))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                kwargs.update(value)
            else:
                complete = False
        return Call(args, kwargs, complete, location_of(scope, node))

    def _function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Scope,
        owner: Class | None = None,
    ) -> Function:
        spec = node.args
        positional = [*spec.posonlyargs, *spec.args]
        pairs = list(zip(reversed(positional), reversed(spec.defaults), strict=False))
        pairs.extend(
            (arg, value)
            for arg, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
            if value is not None
        )
        defaults = {arg.arg: self.evaluate(value, scope) for arg, value in pairs}
        annotations = {
            arg.arg: self.evaluate(arg.annotation, scope)
            for arg in (*positional, *spec.kwonlyargs)
            if arg.annotation is not None
        }
        return Function(node, scope, defaults, owner, annotations)


def _is_same(left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if left is None or right is None or isinstance(left, Thing) or isinstance(right, Thing):
        return left is right
    return left is right if isinstance(left, bool) and isinstance(right, bool) else UNKNOWN


def _all_hashable(items: list[Any]) -> bool:
    return not any(isinstance(item, (list, dict, set)) for item in items)


def location_of(scope: Scope, node: ast.expr) -> str:
    """Return the location of `node` as `FILE:LINE`."""
    return f"{scope.module.file}:{node.lineno}"
