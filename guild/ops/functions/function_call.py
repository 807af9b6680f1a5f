"""A call of a Python function as an operation: its arguments are its flags."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class FunctionCall(NamedTuple):
    """A function and the arguments to call it with.

    Attributes:
        function: anything that can be called.
        signature: of `function`.
        arguments: a value for each parameter, by name in the order of the signature; what
            `**NAME` collects is here by its own names.
        explicit: the names of those that were passed, the others being defaults.
    """

    function: Callable[..., Any]
    signature: inspect.Signature
    arguments: dict[str, Any]
    explicit: frozenset[str]

    @property
    def name(self) -> str:
        """What the operation is called: the function's name, or that of a callable's class."""
        return _name(self.function)

    def flags(self) -> dict[str, Any]:
        """The arguments that are flag values, in the form in which they are kept.

        What is none, such as a table of data or a model, is an argument and no flag.
        """
        kept = {name: _flag_value(value) for name, value in self.arguments.items()}
        return {name: value for name, value in kept.items() if value is not _NO_FLAG}

    def replace(self, values: Mapping[str, Any]) -> FunctionCall:
        """The call with `values` in place of some of its arguments."""
        return self._replace(arguments={**self.arguments, **values})

    def call(self) -> Any:
        """Call the function; raises whatever it does."""
        positional: list[Any] = []
        keywords = dict(self.arguments)
        for name, parameter in self.signature.parameters.items():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                positional.append(keywords.pop(name))
            elif parameter.kind is parameter.VAR_POSITIONAL:
                positional.extend(keywords.pop(name))
        return self.function(*positional, **keywords)


def bind_call(
    function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]
) -> FunctionCall:
    """The call of `function` with `args` and `keywords`, completed by its defaults.

    Raises TypeError for what cannot be called, or not with these arguments.
    """
    if not callable(function):
        raise TypeError(f"an operation is a function or another callable, got {function!r}")
    if _runs_later(function):
        raise TypeError(
            f"{function!r} runs nothing when it is called, as coroutines and generators do - "
            "call it in a function"
        )
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise TypeError(
            f"{function!r} does not tell its arguments - wrap it in a function"
        ) from None
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError as error:
        raise TypeError(f"{_name(function)}() {error}") from None
    explicit = set(bound.arguments)
    bound.apply_defaults()
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            arguments.update(value)
            explicit.update(value)
        else:
            arguments[name] = value
    return FunctionCall(function, signature, arguments, frozenset(explicit))


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", None) or type(function).__name__


def _runs_later(function: Callable[..., Any]) -> bool:
    return any(
        test(function)
        for test in (
            inspect.iscoroutinefunction,
            inspect.isasyncgenfunction,
            inspect.isgeneratorfunction,
        )
    )


_NO_FLAG: Any = object()
_DEEPEST = 32


def _flag_value(value: Any, depth: int = 0) -> Any:
    """`value` as a flag has it, or `_NO_FLAG` if it is no flag value.

    Flag values are numbers, texts, truth values, None, and lists and mappings of such.
    A tuple is kept as a list, a path as a text and a NumPy number as Python's.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return _flag_value(value.item(), depth + 1) if depth < _DEEPEST else _NO_FLAG
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple, dict)):
        return _container(value, depth + 1) if depth < _DEEPEST else _NO_FLAG
    if isinstance(value, str):  # a member of an enumeration, whose text is not its value
        return str.__str__(value)
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return _NO_FLAG


def _container(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        if not all(type(key) in (str, int, bool, float) for key in value):
            return _NO_FLAG
        values = [_flag_value(item, depth) for item in value.values()]
        kept: Any = dict(zip(value, values, strict=True))
    else:
        kept = values = [_flag_value(item, depth) for item in value]
    return _NO_FLAG if any(item is _NO_FLAG for item in values) else kept
