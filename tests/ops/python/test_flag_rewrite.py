"""Flags set in the syntax tree of a script."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from guild.ops.python.flag_rewrite import set_globals


def rewritten(source: str, **values: Any) -> str:
    module = ast.parse(source)
    set_globals(module, values)
    return ast.unparse(module)


@pytest.mark.parametrize(
    "source",
    [
        "a, b = f()",
        "[a, b] = sys.argv[1:3]",
        "(a, *b) = f()",
        "x = a, b = f()",
        "a, (b, c) = (f(), g())",
    ],
)
def test_names_that_unpack_a_computed_value_are_left_alone(source: str) -> None:
    assert rewritten(source, b=1) == ast.unparse(ast.parse(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a, b = 1, f()", "a, b = (1, 7)"),
        ("b = f()", "b = 7"),
        ("a = b = f()", "a = b = f()\nb = 7"),
        ("a, *b = [1, 2]", "a, *b = [1, 2]\nb = 7"),
    ],
)
def test_other_assignments_get_the_value(source: str, expected: str) -> None:
    assert rewritten(source, b=7) == expected
