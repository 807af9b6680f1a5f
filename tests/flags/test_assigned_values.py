"""Values that words of the command line give to flags."""

from __future__ import annotations

from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.ops.plan.assignments import assign_values

SPLIT = FlagDef("y", "1,2", type="int", arg_split=",")


def assign(flag: FlagDef, *words: str, force: bool = False) -> dict[str, Any]:
    return assign_values({flag.name: flag}, words, {}, force=force).flags


@pytest.mark.parametrize(
    ("text", "value"),
    [("3,4", "3,4"), ("'3'", "3"), ("['1,2','3,4']", ["1,2", "3,4"]), ("5", "5")],
)
def test_a_flag_with_arg_split_is_one_value(text: str, value: Any) -> None:
    assert assign(SPLIT, f"y={text}") == {"y": value}


def test_the_parts_of_a_split_value_have_the_type() -> None:
    with pytest.raises(GuildError, match="invalid value 1,x for y: invalid value for type 'int'"):
        assign(SPLIT, "y=1,x")


def test_a_list_as_default_is_joined_by_the_separator() -> None:
    assert assign(FlagDef("y", [1, 2], arg_split=":")) == {"y": "1:2"}
    assert assign(FlagDef("y", [1, "a b"], arg_split=True)) == {"y": "1 'a b'"}


def test_a_mapping_is_a_value() -> None:
    assert assign(FlagDef("opts"), "opts={a: 1, b: [2, x]}") == {"opts": {"a": 1, "b": [2, "x"]}}
    assert assign(FlagDef("opts", type="string"), "opts={a: 1}") == {"opts": "{a: 1}"}
    assert assign(FlagDef("opts"), "opts={a") == {"opts": "{a"}


def test_a_flag_and_its_alias_exclude_each_other() -> None:
    flag = FlagDef("lr", 1, alias="rate")
    with pytest.raises(GuildError) as raised:
        assign(flag, "lr=3", "rate=4")
    assert raised.value.message == (
        "cannot specify both alias 'lr' and name for flag 'rate'\n"
        "Use --force-flags to skip this check."
    )
    assert assign(flag, "lr=3", "rate=4", force=True) == {"lr": 3, "rate": 4}
    assert assign(flag, "rate=4") == {"lr": 4}
