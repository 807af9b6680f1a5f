"""Command lines of steps: the order of their words, and where options and flags come from."""

from __future__ import annotations

from typing import Any

import click
import pytest

from guild.commands.run import run as run_command
from guild.guildfile.steps import parse_recorded_steps
from guild.launch.step_command import (
    VALUE_OPTIONS,
    ParentOptions,
    StepCommand,
    long_name,
    step_command,
)


def _command(
    step: str, operation: str = "fit", parent: ParentOptions | None = None, **flags: Any
) -> StepCommand:
    (parsed,) = parse_recorded_steps(f"- {step}".encode(), "steps")
    flags = {name.replace("__", ":"): value for name, value in flags.items()}
    return step_command(parsed, flags, operation, parent or ParentOptions())


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("fit lr=[0.1,0.2] a=1 -l 'x y'", "fit --label x y a=1 lr=[0.1, 0.2]"),
        ("{run: fit name=a, needed: yes, force-flags: no}", "fit --needed name=a"),
        ("{run: fit, flags: {name: a b}, tags: [q, r]}", "fit --tag q --tag r name='a b'"),
        ("fit b.csv @c.csv -O b=1 -y", "fit --optimize b.csv @c.csv b=1"),
        ("{run: fit lr=2, flags: {lr: 1}}", "fit lr=2"),
    ],
)
def test_options_come_first_and_flags_in_name_order(step: str, text: str) -> None:
    assert _command(step).text == text


def test_text_quotes_values_with_spaces_only() -> None:
    command = _command("fit name='a b' --label 'x y'")
    assert command.text == "fit --label x y name='a b'"
    assert command.words == ["fit", "--label", "x y", "name=a b"]


def test_flags_of_the_parent_reach_steps_by_name_and_by_model() -> None:
    flags = {"fit__lr": 4, "net__fit__lr": 3, "second__name": "q"}
    assert _command("net:fit", "net:fit", **flags).text == "net:fit lr=3"
    assert _command("{run: fit, name: second}", "net:fit", **flags).text == "net:fit lr=3 name=q"
    assert _command("{run: fit, name: second}", "fit", fit__lr=4).text == "fit"
    assert _command("net:fit", "net:fit", fit__lr=4).text == "net:fit lr=4"


def test_options_that_a_step_cannot_have_are_ignored() -> None:
    command = _command("fit --stage --run-dir /x --label a -d /y lr=1")
    assert command.text == "fit --label a lr=1"
    assert command.ignored == ["run_dir", "run_dir", "stage"]


def test_steps_take_label_and_tags_that_they_do_not_set() -> None:
    parent = ParentOptions("exp ${lr}", ["t1", "t2"])
    assert _command("fit", parent=parent, lr=2).text == "fit --label exp 2 --tag t1 --tag t2"
    assert _command("fit -l a", parent=parent).text == "fit --label a --tag t1 --tag t2"
    assert (
        _command("{run: fit, tags: [q]}", parent=parent, lr=2).text == "fit --label exp 2 --tag q"
    )
    assert _command("fit", parent=ParentOptions(stage_trials=True)).text == "fit --stage-trials"


def test_options_with_values_are_those_of_guild_run() -> None:
    with_value = {
        long_name(name)
        for option in run_command.params
        if isinstance(option, click.Option) and not option.is_flag and not option.count
        for name in option.opts
    }
    assert with_value == VALUE_OPTIONS
