"""Names of an interpreted program: their lookup and assignment."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant
from guild.plugins.flags.interpreter.values import External, Instance, Module, Scope, iterate, join

MAX_STEPS = 100_000

_BUILTINS = frozenset(
    {
        *("abs", "bool", "classmethod", "dict", "enumerate", "float", "getattr", "hasattr", "int"),
        *("isinstance", "len", "list", "max", "min", "print", "property", "range", "repr"),
        *("reversed", "round", "set", "setattr", "sorted", "staticmethod", "str", "sum", "super"),
        *("tuple", "zip"),
    }
)


class TooComplexError(Exception):
    """Raised when walking a program takes more than `MAX_STEPS`."""


class Names(ABC):
    """The part of the interpreter that binds names and other targets to values."""

    def __init__(self) -> None:
        self._doubts = 0
        self._steps = 0

    @abstractmethod
    def evaluate(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of the expression `node`."""

    @property
    def certain(self) -> bool:
        """True if the program certainly executes what is being walked."""
        return not self._doubts

    @contextmanager
    def _certainty(self) -> Iterator[None]:
        """Walk a module that a branch imports: it is executed from its start regardless."""
        doubts, self._doubts = self._doubts, 0
        try:
            yield
        finally:
            self._doubts = doubts

    @contextmanager
    def _doubt(self) -> Iterator[None]:
        """Walk code that the program may skip."""
        self._doubts += 1
        try:
            yield
        finally:
            self._doubts -= 1

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooComplexError

    def _bind(self, name: str, value: Any, scope: Scope) -> None:
        if name in scope.global_names:
            target = scope.module.scope
        elif name in scope.nonlocal_names and scope.parent:
            target = scope.parent
        else:
            scope.names[name] = value
            return
        if self._doubts and name in target.names:
            value = join(target.names[name], value)
        target.names[name] = value

    def _lookup(self, name: str, scope: Scope) -> Any:
        current: Scope | None = scope.module.scope if name in scope.global_names else scope
        while current is not None:
            if name in current.names:
                return current.names[name]
            current = current.parent
        return External(f"builtins.{name}") if name in _BUILTINS else UNKNOWN

    def _assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, value, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value, scope)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, value, scope)
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value, scope)
            names = owner.attrs if isinstance(owner, Instance) else getattr(owner, "names", None)
            if isinstance(owner, Module):
                names = owner.scope.names
            if names is not None:
                if self._doubts and target.attr in names:
                    value = join(names[target.attr], value)
                names[target.attr] = value
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value, scope)

    def _unpack(self, targets: Sequence[ast.expr], value: Any, scope: Scope) -> None:
        items = iterate(value)
        stars = [i for i, target in enumerate(targets) if isinstance(target, ast.Starred)]
        if items is None or (not stars and len(items) != len(targets)) or stars:
            items = [UNKNOWN] * len(targets)
        for target, item in zip(targets, items, strict=True):
            self._assign(target, item, scope)

    def _assign_item(self, target: ast.Subscript, value: Any, scope: Scope) -> None:
        owner = self.evaluate(target.value, scope)
        key = self.evaluate(target.slice, scope)
        if isinstance(owner, dict):
            if self._doubts or not is_constant(key):
                owner[UNKNOWN] = UNKNOWN
            else:
                set_item(owner, key, value)
        elif isinstance(owner, list):
            if self._doubts or not isinstance(key, int):
                owner.append(UNKNOWN)
            else:
                set_item(owner, key, value)


def set_item(owner: Any, key: Any, value: Any) -> None:
    """Set `owner[key]`, unless the program would fail here."""
    try:
        owner[key] = value
    except (LookupError, TypeError):
        return
