"""Dotted names of values in nested mappings."""

from __future__ import annotations

from typing import Any

import pytest

from guild.base import yaml
from guild.base.errors import GuildError
from guild.ops.define.config_file.paths import find_holder, flatten


def test_nested_values_have_dotted_names() -> None:
    values = {"a": 1, "b": {"c": {"d": [1]}, "e": None}, "f.g": "x", "empty": {}}
    assert flatten(values) == {"a": 1, "b.c.d": [1], "b.e": None, "f.g": "x"}


def test_yaml_bomb_of_mappings_is_refused() -> None:
    levels = [f"l{n}: &l{n} {{a: *l{n - 1}, b: *l{n - 1}}}" for n in range(1, 40)]
    bomb = yaml.load("\n".join(["l0: &l0 {x: 1}", *levels]))
    with pytest.raises(GuildError, match="more than 10000 values"):
        flatten(bomb)


def test_mapping_that_contains_itself_is_refused() -> None:
    with pytest.raises(GuildError, match="values nested more than 100 levels deep"):
        flatten(yaml.load("a: &a {b: *a}"))


@pytest.mark.parametrize(
    ("values", "name", "holder", "key"),
    [
        ({"a": 1}, "a", {"a": 1}, "a"),
        ({"a.b": 1}, "a.b", {"a.b": 1}, "a.b"),
        ({"a": {"b": 1}}, "a.b", {"b": 1}, "b"),
        ({"a.b": {"c": 1}}, "a.b.c", {"c": 1}, "c"),
        ({}, "a.b.c", {}, "c"),
    ],
)
def test_holder_of_a_name(
    values: dict[str, Any], name: str, holder: dict[str, Any], key: str
) -> None:
    assert find_holder(values, name) == (holder, key)


def test_value_in_the_way_of_a_name() -> None:
    with pytest.raises(GuildError, match=r"'a' is not a mapping, so 'a\.b' cannot be set in it"):
        find_holder({"a": 1}, "a.b")
