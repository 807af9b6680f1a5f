"""Flags that choose the files and runs that an operation requires."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from support.runs import RunMaker
from support.staging import resolve_requirements, run_files

from guild.base.errors import GuildError
from guild.context import Context
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import resolve
from guild.ops.plan.plan import assign_flags, plan_run
from guild.ops.plan.request import RunRequest
from guild.ops.stage.dependencies.resolution import resolve_dependencies
from guild.run import Run
from guild.runs.store import RunStore
from guild.testing.project import Project

Requiring = Callable[..., Project]


@pytest.fixture
def requiring(project: Callable[..., Project]) -> Requiring:
    """Make a project with an operation `use` that has these `requires` and `flags`."""

    def make(requires: str, flags: str = "{}") -> Project:
        use = f"use: {{exec: 'true', sourcecode: no, requires: {requires}, flags: {flags}}}"
        return project({"w.txt": "w", "sub/other.csv": "o", "guild.yml": use})

    return make


def operation(project: Project) -> Operation:
    return resolve("use", Context(project.home, project.path, project.env))


def flags_of(run: Run) -> Any:
    return run.get("flags")


def test_file_of_a_flag(requiring: Requiring, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    project = requiring("{file: w.txt, flag-name: data}")
    flag = operation(project).flags["data"]
    assert (flag.default, flag.type, flag.arg_skip) == ("w.txt", "string", True)
    assert run_files(resolve_requirements(project)) == ["w.txt"]
    run = resolve_requirements(project, "data=sub/other.csv")
    assert run_files(run) == ["other.csv"]
    assert flags_of(run) == {"data": "sub/other.csv"}
    path = os.path.relpath(project.path / "sub/other.csv", run.path)
    record = {"config": "sub/other.csv", "paths": [path], "uri": "file:w.txt"}
    assert run.get("deps") == {"data": {"data": record}}
    assert caplog.messages[-2:] == ["Resolving data", "Using sub/other.csv for data"]


def test_file_of_a_flag_is_relative_to_the_current_directory(requiring: Requiring) -> None:
    project = requiring("{file: w.txt, flag-name: data, name: table}")
    ctx = Context(project.home, project.path / "sub", project.env)
    request = RunRequest("use", ("data=other.csv",))
    use = operation(project)
    plan = plan_run(request, use, assign_flags(request, use, ctx))
    run = RunStore(project.home).new()
    os.makedirs(run.guild_path("attrs"))
    assert list(resolve_dependencies(plan, run, run, ctx)) == ["table"]
    assert run_files(run) == ["other.csv"]


def test_file_without_a_flag_cannot_be_chosen(requiring: Requiring) -> None:
    project = requiring("{file: w.txt, name: data}")
    for name in ("data", "file:w.txt"):
        with pytest.raises(GuildError, match=f"unsupported flag '{name}'"):
            resolve_requirements(project, f"{name}=sub/other.csv")


def test_flag_of_the_operation_is_completed(requiring: Requiring) -> None:
    flags = "{data: {description: Table., alias: d, arg-name: in}}"
    flag = operation(requiring("{file: w.txt, flag-name: data}", flags)).flags["data"]
    assert (flag.description, flag.alias, flag.arg_name) == ("Table.", "d", "in")
    assert (flag.default, flag.type, flag.arg_skip) == ("w.txt", "string", True)
    flags = "{data: {arg-skip: no, default: x, type: path}}"
    flag = operation(requiring("{file: w.txt, flag-name: data}", flags)).flags["data"]
    assert (flag.default, flag.type, flag.arg_skip) == ("x", "path", False)


def test_type_that_conflicts_with_a_requirement(requiring: Requiring) -> None:
    made = operation(requiring("{operation: fit, flag-name: data}", "{data: {type: path}}"))
    assert made.flags["data"].type == "string"
    assert made.warnings == (
        "flag 'data' for operation use is configured with type 'path' - this value cannot be used "
        "because it conflicts with the dependency 'data' - ignoring configured value",
    )


@pytest.mark.parametrize(
    ("source", "name", "refused"),
    [
        ("{operation: fit}", "fit", "run"),
        ("{operation: fit}", "operation:fit", "run"),
        ("{operation: fit, name: run}", "run", "fit"),
        ("{operation: fit, name: n, flag-name: run}", "run", "n"),
        ("{operation: fit, flag-name: no}", None, "operation:fit"),
    ],
)
def test_names_that_choose_a_run(
    requiring: Requiring, source: str, name: str | None, refused: str
) -> None:
    project = requiring(source)
    maker = RunMaker(project.home, project.path)
    first = maker("fit", files={"first.txt": ""})
    latest = maker("fit", files={"latest.txt": ""})
    run = resolve_requirements(project)
    assert run_files(run) == ["latest.txt"]
    with pytest.raises(GuildError, match=f"unsupported flag '{refused}'"):
        resolve_requirements(project, f"{refused}={first.id[:6]}")
    if name is None:
        assert flags_of(run) == {}
        return
    run = resolve_requirements(project, f"{name}={first.id[:6]}")
    assert list(flags_of(run).values()) == [first.id]
    assert latest.id not in flags_of(run).values()
    assert run_files(run) == ["first.txt"]


def test_references_in_a_rename(requiring: Requiring) -> None:
    project = requiring("{file: w.txt, rename: '${name}.txt ${name}-${n}.md'}", "{name: w, n: 5}")
    assert run_files(resolve_requirements(project)) == ["w-5.md"]
    project = requiring("{file: w.txt, rename: 'w w-${z}'}")
    with pytest.raises(GuildError) as raised:
        resolve_requirements(project)
    assert str(raised.value) == (
        "run failed because a dependency was not met: error renaming source w.txt "
        "('w' -> 'w-${z}'): resolution error: cannot resolve 'w-${z}': undefined reference 'z'"
    )
    with pytest.raises(GuildError) as raised:
        resolve_requirements(requiring("{file: w.txt, rename: 'w( x'}"))
    assert str(raised.value) == (
        "run failed because a dependency was not met: error renaming source w.txt "
        "('w(' -> 'x'): missing ), unterminated subpattern at position 1"
    )
