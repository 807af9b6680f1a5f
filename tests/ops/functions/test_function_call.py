"""Calls of functions: binding of arguments and conversion to flag values."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from guild.ops.functions.function_call import bind_call


def train(lr: float, epochs: int = 2) -> float:
    return lr * epochs


def test_bind_every_kind_of_parameter() -> None:
    def function(a: int, /, b: int, *rest: int, c: int = 3, **more: int) -> Any:
        return a, b, rest, c, more

    call = bind_call(function, (1, 2, 8, 9), {"d": 4})
    assert call.flags() == {"a": 1, "b": 2, "rest": [8, 9], "c": 3, "d": 4}
    assert call.explicit == {"a", "b", "rest", "more", "d"}
    assert call.call() == (1, 2, (8, 9), 3, {"d": 4})


def test_replace_arguments() -> None:
    call = bind_call(train, (0.5,), {}).replace({"epochs": 4})
    assert call.explicit == {"lr"}
    assert call.call() == 2.0


def test_name_of_partial() -> None:
    assert bind_call(functools.partial(train, 0.1), (), {}).name == "train"


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        ((1, (2, "x")), {"x": [1, [2, "x"]]}),
        (Path("/tmp/x"), {"x": "/tmp/x"}),
        ({"a": [None]}, {"x": {"a": [None]}}),
        (object(), {}),
        ({(1, 2): 3}, {}),
    ],
)
def test_convert_arguments_to_flags(value: Any, flags: dict[str, Any]) -> None:
    assert bind_call(lambda x: x, (value,), {}).flags() == flags


async def coroutine() -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (3, "expected a function or another callable but got 3"),
        (coroutine, "does not run it"),
        (train, r"train\(\) missing a required argument: 'lr'"),
    ],
)
def test_reject_invalid_call(function: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        bind_call(function, (), {})
