"""Statements of an interpreted program: their effects on its names."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Sequence
from enum import Enum
from typing import Any

from guild.plugins.flags.interpreter import constants
from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant
from guild.plugins.flags.interpreter.expressions import MAX_ITERATIONS, Expressions, location_of
from guild.plugins.flags.interpreter.values import (
    Call,
    Class,
    External,
    Function,
    Module,
    Scope,
    Thing,
    iterate,
    join,
    truth,
)


class _End(Enum):
    """The reason why a block ended before its last statement."""

    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"


class Statements(Expressions):
    """The part of the interpreter that walks statements.

    A branch with a known condition is followed or skipped. Otherwise both sides are
    walked, and their effects are joined.
    """

    def __init__(self) -> None:
        super().__init__()
        self._returns: list[list[Any]] = []

    @abstractmethod
    def _import(self, name: str, importer: Module, level: int = 0) -> Thing: ...

    @abstractmethod
    def _import_from(self, module: Thing, importer: Module, name: str) -> Any: ...

    @abstractmethod
    def _library_names(self, module: str) -> dict[str, Thing]: ...

    def _block(self, body: Sequence[ast.stmt], scope: Scope) -> _End | None:
        for node in body:
            end = self._statement(node, scope)
            if end is not None:
                return end
        return None

    def _statement(self, node: ast.stmt, scope: Scope) -> _End | None:
        self._step()
        method = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if method is None:
            return None
        end = method(node, scope)
        assert end is None or isinstance(end, _End)
        return end

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        self.evaluate(node.value, scope)

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.evaluate(node.value, scope)
        for target in node.targets:
            self._assign(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._assign(node.target, self.evaluate(node.value, scope), scope)

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        old = self.evaluate(node.target, scope)
        value = constants.binary(node.op, old, self.evaluate(node.value, scope))
        self._assign(node.target, value, scope)

    def _do_delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.names.pop(target.id, None)
            else:
                self._assign(target, UNKNOWN, scope)

    def _do_global(self, node: ast.Global, scope: Scope) -> None:
        scope.global_names.update(node.names)

    def _do_nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.nonlocal_names.update(node.names)

    def _do_return(self, node: ast.Return, scope: Scope) -> _End:
        value = None if node.value is None else self.evaluate(node.value, scope)
        if self._returns:
            self._returns[-1].append(value)
        return _End.RETURN

    def _do_raise(self, node: ast.Raise, scope: Scope) -> _End:
        return _End.RAISE

    def _do_break(self, node: ast.Break, scope: Scope) -> _End:
        return _End.BREAK

    def _do_continue(self, node: ast.Continue, scope: Scope) -> _End:
        return _End.CONTINUE

    def _do_assert(self, node: ast.Assert, scope: Scope) -> None:
        self.evaluate(node.test, scope)

    def _do_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            module = self._import(alias.name, scope.module)
            if alias.asname:
                self._bind(alias.asname, module, scope)
            else:
                head = alias.name.split(".")[0]
                top = module if head == alias.name else self._import(head, scope.module)
                self._bind(head, top, scope)

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = self._import(node.module or "", scope.module, node.level)
        for alias in node.names:
            if alias.name == "*":
                self._import_all(module, scope)
            else:
                value = self._import_from(module, scope.module, alias.name)
                self._bind(alias.asname or alias.name, value, scope)

    def _import_all(self, module: Thing, scope: Scope) -> None:
        if isinstance(module, Module):
            for name, value in module.scope.names.items():
                if not name.startswith("_"):
                    self._bind(name, value, scope)
        elif isinstance(module, External):
            for name, thing in self._library_names(module.name).items():
                self._bind(name, thing, scope)

    def _do_if(self, node: ast.If, scope: Scope) -> _End | None:
        test = truth(self.evaluate(node.test, scope))
        if test is not UNKNOWN:
            return self._block(node.body if test else node.orelse, scope)
        return self._fork([node.body, node.orelse], scope)

    def _fork(self, branches: Sequence[Sequence[ast.stmt]], scope: Scope) -> _End | None:
        """Walk alternative branches and join their effects."""
        before = dict(scope.names)
        outcomes: list[dict[str, Any]] = []
        ends: list[_End | None] = []
        for branch in branches:
            scope.names = dict(before)
            with self._doubt():
                end = self._block(branch, scope)
            ends.append(end)
            if end is None:
                outcomes.append(scope.names)
        scope.names = _join_all(outcomes) if outcomes else before
        return None if outcomes else ends[0]

    def _do_for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> _End | None:
        items = iterate(self.evaluate(node.iter, scope))
        if items is None or len(items) > MAX_ITERATIONS:
            self._assign(node.target, UNKNOWN, scope)
            self._maybe(node.body, scope)
        else:
            for item in items:
                self._assign(node.target, item, scope)
                end = self._block(node.body, scope)
                if end is _End.BREAK:
                    return None
                if end in (_End.RETURN, _End.RAISE):
                    return end
        return self._block(node.orelse, scope)

    _do_asyncfor = _do_for

    def _do_while(self, node: ast.While, scope: Scope) -> None:
        self.evaluate(node.test, scope)
        self._maybe(node.body, scope)
        self._block(node.orelse, scope)

    def _maybe(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Walk the body of a loop with an unknown number of iterations.

        Names that the body changes are unknown from its start.
        """
        for target in _assigned_names(body):
            if is_constant(scope.names.get(target)):
                scope.names[target] = UNKNOWN
        self._fork([body, []], scope)

    def _do_with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> _End | None:
        for item in node.items:
            value = self.evaluate(item.context_expr, scope)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, scope)
        return self._block(node.body, scope)

    _do_asyncwith = _do_with

    def _do_try(self, node: Any, scope: Scope) -> _End | None:
        before = dict(scope.names)
        end = self._block([*node.body, *node.orelse], scope)
        for handler in node.handlers:
            normal = scope.names
            scope.names = {**before, **{name: UNKNOWN for name in [handler.name] if name}}
            with self._doubt():
                handler_end = self._block(handler.body, scope)
            scope.names = normal if handler_end else _join_all([normal, scope.names])
        final = self._block(node.finalbody, scope)
        return final or (None if end is _End.RAISE else end)

    _do_trystar = _do_try

    def _do_match(self, node: ast.Match, scope: Scope) -> _End | None:
        self.evaluate(node.subject, scope)
        for case in node.cases:
            for name in _captured_names(case.pattern):
                self._bind(name, UNKNOWN, scope)
        return self._fork([*(case.body for case in node.cases), []], scope)

    def _do_functiondef(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, owner: Class | None = None
    ) -> None:
        value: Any = self._function(node, scope, owner)
        for decorator in reversed(node.decorator_list):
            value = self._decorated(self.evaluate(decorator, scope), value, scope, decorator)
        self._bind(node.name, value, scope)

    _do_asyncfunctiondef = _do_functiondef

    def _decorated(self, decorator: Any, value: Any, scope: Scope, node: ast.expr) -> Any:
        if isinstance(decorator, External):
            kind = decorator.name.rpartition(".")[2]
            if isinstance(value, Function) and kind in ("staticmethod", "classmethod", "property"):
                value.kind = kind
            return value
        if not isinstance(decorator, Thing):
            return value
        result = self.call(decorator, Call([value], {}, True, location_of(scope, node)))
        return value if result is UNKNOWN or result is None else result

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        bases = [self.evaluate(base, scope) for base in node.bases]
        cls = Class(node.name, bases, {})
        inner = Scope(scope.module, scope)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._do_functiondef(statement, inner, cls)
            else:
                self._statement(statement, inner)
        cls.names = inner.names
        self._bind(node.name, cls, scope)


def _join_all(outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    result = dict(outcomes[0])
    for names in outcomes[1:]:
        for name, value in names.items():
            result[name] = join(result[name], value) if name in result else value
    return result


def _assigned_names(body: Sequence[ast.stmt]) -> set[str]:
    return {
        node.id
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _captured_names(pattern: ast.pattern) -> set[str]:
    names = {getattr(node, "name", None) for node in ast.walk(pattern)}
    return {name for name in names if isinstance(name, str)}
