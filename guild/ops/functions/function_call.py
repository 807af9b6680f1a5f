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
        function: a callable.
        signature: the signature of `function`.
        arguments: values by parameter name, in the order of the signature. Arguments that
            `**NAME` collects are included under their own names.
        explicit: the names of arguments that were passed; the others are defaults.
    """

    function: Callable[..., Any]
    signature: inspect.Signature
    arguments: dict[str, Any]
    explicit: frozenset[str]

    @property
    def name(self) -> str:
        """Return the operation's name: the name of the function, or of the callable's class."""
        return _name(self.function)

    def flags(self) -> dict[str, Any]:
        """Return the arguments that are valid flag values, as they are recorded.

        Arguments such as data frames or models are not flags.
        """
        values = {name: _flag_value(value) for name, value in self.arguments.items()}
        return {name: value for name, value in values.items() if value is not _NO_FLAG}

    def replace(self, values: Mapping[str, Any]) -> FunctionCall:
        """Return a copy of the call with some arguments replaced by `values`."""
        return self._replace(arguments={**self.arguments, **values})

    def call(self) -> Any:
        """Call the function and return its result."""
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
    """Bind `args`, `keywords` and the defaults to the parameters of `function`.

    Raises TypeError if `function` is not callable or does not accept these arguments.
    """
    if not callable(function):
        raise TypeError(f"expected a function or another callable but got {function!r}")
    if _runs_later(function):
        raise TypeError(
            f"calling {function!r} does not run it (it is a coroutine or generator function); "
            "wrap it in a function"
        )
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise TypeError(
            f"cannot inspect the signature of {function!r}; wrap it in a function"
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
_MAX_DEPTH = 32


def _flag_value(value: Any, depth: int = 0) -> Any:
    """Convert `value` to a flag value, or return `_NO_FLAG` if it cannot be one.

    Flag values are numbers, strings, booleans, None, and lists and mappings of these.
    Tuples become lists, paths become strings, and NumPy scalars become Python numbers.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return _flag_value(value.item(), depth + 1) if depth < _MAX_DEPTH else _NO_FLAG
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple, dict)):
        return _container(value, depth + 1) if depth < _MAX_DEPTH else _NO_FLAG
    if isinstance(value, str):  # str(member) of an enumeration is not its value
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
        items: Any = dict(zip(value, values, strict=True))
    else:
        items = values = [_flag_value(item, depth) for item in value]
    return _NO_FLAG if any(item is _NO_FLAG for item in values) else items
