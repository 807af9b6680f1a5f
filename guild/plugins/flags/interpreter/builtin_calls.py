"""Calls of builtins and of methods of constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guild.plugins.flags.interpreter.constants import MAX_SIZE, UNKNOWN, is_constant
from guild.plugins.flags.interpreter.values import Call


def _range(*args: int) -> Any:
    numbers = range(*args)
    return list(numbers) if len(numbers) <= MAX_SIZE else UNKNOWN


def _path(*parts: str) -> str:
    from pathlib import PurePath

    return str(PurePath(*parts))


def _dict(*args: Any, **kwargs: Any) -> dict[Any, Any]:
    return dict(*args, **kwargs)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "builtins.abs": abs,
    "builtins.bool": bool,
    "builtins.dict": _dict,
    "builtins.enumerate": lambda *args: [list(pair) for pair in enumerate(*args)],
    "builtins.float": float,
    "builtins.int": int,
    "builtins.len": len,
    "builtins.list": list,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.range": _range,
    "builtins.reversed": lambda values: list(reversed(values)),
    "builtins.round": round,
    "builtins.set": set,
    "builtins.sorted": sorted,
    "builtins.str": str,
    "builtins.sum": sum,
    "builtins.tuple": tuple,
    "builtins.zip": lambda *args: [list(pair) for pair in zip(*args)],  # noqa: B905  # as zip does
    "os.path.join": lambda *parts: "/".join(parts),
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
}
# Functions that only need the shape of their argument; its items may be unknown.
_SHAPE_ONLY = {
    f"builtins.{name}" for name in ("dict", "enumerate", "len", "list", "reversed", "tuple", "zip")
}

_METHODS: dict[type, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        str: "capitalize endswith format join lower lstrip removeprefix removesuffix replace "
        "rstrip split splitlines startswith strip title upper",
        list: "append copy count extend index insert pop remove reverse sort",
        dict: "copy get items keys pop setdefault update values",
        set: "add copy difference discard intersection union update",
        tuple: "count index",
    }.items()
}
_MUTATING = frozenset(("add", "append", "discard", "extend", "insert", "pop"))
_MUTATING |= {"remove", "reverse", "setdefault", "sort", "update"}


def call_builtin(name: str, call: Call) -> Any:
    """Return the result of the builtin `name` for constant arguments, else `UNKNOWN`."""
    function = _FUNCTIONS.get(name)
    if function is None or not call.complete:
        return UNKNOWN
    if name != "builtins.dict":  # the other functions use only the keys of a dict
        call = call._replace(args=[_keys(value) for value in call.args])
    values = [*call.args, *call.kwargs.values()]
    if name in _SHAPE_ONLY:
        if any(value is UNKNOWN for value in call.args):
            return UNKNOWN
    elif not is_constant(values):
        return UNKNOWN
    return _guarded(function, call)


def _keys(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return UNKNOWN if UNKNOWN in value else list(value)


def has_method(value: Any, name: str) -> bool:
    """Return whether `call_method` supports the method `name` of the constant `value`."""
    return name in _METHODS.get(type(value), ())


def call_method(value: Any, name: str, call: Call, certain: bool) -> Any:
    """Return the result of `value.name(...)`, or `UNKNOWN`. Containers change in place.

    If it is not `certain` that the program makes this call, a container that it would
    change gets an unknown item instead, so that it stops being a constant.
    """
    if name in _MUTATING and isinstance(value, (list, dict, set)):
        if not certain or not call.complete:
            _taint(value)
            return UNKNOWN
        if len(value) > MAX_SIZE:
            return UNKNOWN
    elif (
        not call.complete
        or not is_constant(list(call.kwargs.values()))
        or (isinstance(value, str) and not is_constant(call.args))
    ):
        return UNKNOWN
    if isinstance(value, str) and len(value) > MAX_SIZE:
        return UNKNOWN
    if name == "keys" and UNKNOWN in value:
        return UNKNOWN
    if name == "format" and ":" in value:
        return UNKNOWN  # a field width could create a huge string
    result = _guarded(getattr(value, name), call)
    if name in ("items", "keys", "values") and result is not UNKNOWN:
        return [list(item) if isinstance(item, tuple) else item for item in result]
    return result


def _taint(value: list[Any] | dict[Any, Any] | set[Any]) -> None:
    if isinstance(value, list):
        value.append(UNKNOWN)
    elif isinstance(value, dict):
        value[UNKNOWN] = UNKNOWN
    else:
        value.add(UNKNOWN)


def _guarded(function: Callable[..., Any], call: Call) -> Any:
    try:
        return function(*call.args, **call.kwargs)
    except Exception:  # the program itself would fail here as well
        return UNKNOWN
