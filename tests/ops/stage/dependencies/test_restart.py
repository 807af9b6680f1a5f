"""Requirements of runs that are started again, resolved in the process of the test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guild.context import Context
from guild.launch import service
from guild.launch.execution import ExecuteOptions
from guild.ops.plan.request import RunRequest
from guild.run import Run
from guild.runs import manifest

Start = Callable[..., Run]

GUILDFILE = """
conf:
  exec: 'true'
  flags: {a: 5}
  sourcecode: no
  requires: {config: c.json.in, rename: c.json.in c.json}
once:
  exec: 'true'
  flags: {a: 5}
  sourcecode: no
  requires: {config: c.json.in, rename: c.json.in c.json, replace-existing: no}
"""


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a function that runs a request in a project and returns the run."""
    for name in ("home", "project"):
        (tmp_path / name).mkdir()
    project = tmp_path / "project"
    (project / "guild.yml").write_text(GUILDFILE)
    (project / "c.json.in").write_text('{"a": 1, "b": 2}')
    ctx = Context(tmp_path / "home", project, os.environ)

    def run(**fields: Any) -> Run:
        request = RunRequest(**fields)
        prepared = service.prepare(request, service.find_operation(request, ctx), ctx)
        outcome = service.execute(prepared, ctx, ExecuteOptions(quiet=True))
        assert outcome.exit_code == 0
        assert outcome.run is not None
        return outcome.run

    return run


def test_config_file_is_written_again_with_new_flags(start: Start) -> None:
    run = start(opspec="conf")
    config = Path(run.path, "c.json")
    assert config.read_text() == '{"a": 5, "b": 2}'
    start(restart=run, assignments=("a=7",))
    assert config.read_text() == '{"a": 7, "b": 2}'
    assert run.flags == {"a": 7}
    entries = manifest.read_entries(run.path)
    assert [(entry.run_path, entry.source) for entry in entries] == [("c.json", "config:c.json.in")]


def test_config_file_keeps_other_changes(start: Start) -> None:
    run = start(opspec="conf")
    config = Path(run.path, "c.json")
    config.write_text('{"a": 5, "b": 9}')
    start(restart=run)
    assert config.read_text() == '{"a": 5, "b": 9}'
    start(restart=run, assignments=("a=7",))
    assert config.read_text() == '{"a": 7, "b": 9}'


def test_config_file_that_is_not_replaced_keeps_its_values(start: Start) -> None:
    run = start(opspec="once")
    start(restart=run, assignments=("a=7",))
    assert Path(run.path, "c.json").read_text() == '{"a": 5, "b": 2}'
