"""Operations of a guild.yml by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.ops.define.resolve import resolve


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    (tmp_path / "train.py").write_text("params = {'lr': 0.1, 'net': {'n': 2}}\n")
    return Context(tmp_path / "home", tmp_path, os.environ)


def write(ctx: Context, text: str) -> None:
    (ctx.cwd / "guild.yml").write_text(text)


MISTAKES = """\
- model: m
  operations:
    good: {main: train, flags: {lr: 1}}
    dest: {main: train, flags-dest: foo}
    flags: {main: train, flags: [1]}
    steps: {steps: [[a]]}
    blank: {steps: [{name: x}]}
    unknown: {main: train, lable: x}
- model: other
  resources: {data: {sources: [{fil: x}]}}
  operations:
    train: {main: train}
"""


def test_a_mistake_concerns_the_operation_that_has_it(ctx: Context) -> None:
    write(ctx, MISTAKES)
    operation = resolve("good", ctx)
    assert operation.flags["lr"].default == 1
    assert operation.warnings == ()
    for name, message in {
        "dest": "guild.yml:4: model 'm', operation 'dest', flags-dest: expected args",
        "flags": "guild.yml:5: model 'm', operation 'flags', flags: expected a mapping",
        "steps": r"guild.yml:6: model 'm', operation 'steps', step 1: invalid step data: \['a'\]",
        "blank": r"guild.yml:7: .* invalid step {'name': 'x'}: must define run",
    }.items():
        with pytest.raises(GuildError, match=message):
            resolve(name, ctx)


def test_a_mistake_in_a_model_concerns_its_operations(ctx: Context) -> None:
    write(ctx, MISTAKES)
    with pytest.raises(GuildError, match=r"guild.yml:10: model 'other', resource 'data'"):
        resolve("other:train", ctx)


def test_warnings_concern_the_operation_that_runs(ctx: Context) -> None:
    write(ctx, MISTAKES)
    (warning,) = resolve("unknown", ctx).warnings
    assert "guild.yml:8: model 'm', operation 'unknown': unknown key 'lable'" in warning


@pytest.mark.parametrize("dest", ["dict:params", "global:params"])
def test_flags_are_items_of_a_dict(ctx: Context, dest: str) -> None:
    write(ctx, f"train: {{main: train, flags-dest: '{dest}', flags-import: all}}\n")
    operation = resolve("train", ctx)
    assert {name: flag.default for name, flag in operation.flags.items()} == {
        "lr": 0.1,
        "net.n": 2,
    }
    assert operation.command.flags_dest == dest


def test_no_destination_for_flags(ctx: Context) -> None:
    write(ctx, "train: {main: train, flags-dest: none, flags-import: all, flags: {x: 3}}\n")
    operation = resolve("train", ctx)
    assert list(operation.flags) == ["x"]
    assert operation.command.flags_dest == "none"


@pytest.mark.parametrize(
    ("name", "files", "word"),
    [
        ("make-plots", ["make_plots.py"], "make_plots"),
        ("make-plots", ["make-plots.py"], "make-plots"),
        ("net.ipynb", ["net.ipynb"], "net.ipynb"),
    ],
)
def test_an_operation_without_main_runs_the_file_of_its_name(
    ctx: Context, name: str, files: list[str], word: str
) -> None:
    for file in files:
        (ctx.cwd / file).write_text('{"cells": []}' if file.endswith("ipynb") else "x = 1\n")
    write(ctx, f"{name}: {{flags: {{x: 2}}}}\n")
    operation = resolve(name, ctx)
    assert operation.command.words[3] == word
    assert operation.kind == ("notebook" if name.endswith("ipynb") else "python")


def test_flags_of_an_installed_module(ctx: Context) -> None:
    write(
        ctx, "stub: {main: guild.pass, flags: {x: 1}}\ncal: {main: calendar, flags-import: all}\n"
    )
    assert resolve("stub", ctx).command.flags_dest == "globals"
    operation = resolve("cal", ctx)
    assert operation.command.flags_dest == "args"
    assert operation.flags["locale"].default is None


def test_an_undefined_reference_in_the_command(ctx: Context) -> None:
    from guild.ops.define.command import build_command

    write(ctx, "train: {main: 'train ${zz}'}\n")
    with pytest.raises(
        GuildError,
        match="invalid setting for operation: command contains invalid reference 'zz'",
    ):
        build_command(resolve("train", ctx).command, {}, {})


def test_each_part_of_paths_is_absolute(ctx: Context) -> None:
    from guild.ops.plan.plan import assign_flags
    from guild.ops.plan.request import RunRequest

    write(ctx, "train: {exec: ls, flags: {p: {type: path, arg-split: ':', default: '.:sub'}}}\n")
    assigned = assign_flags(RunRequest(), resolve("train", ctx), ctx.home)
    assert assigned.flags == {"p": f"{ctx.cwd}:{ctx.cwd}/sub"}
