"""No command and no option is undocumented, and the reference is what `make docs` writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from guild.commands import main
from guild.commands.runs import group

DOCS = Path(__file__).parents[2] / "docs"

_spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

ENTRIES = [*main.COMMANDS, *group.COMMANDS]


def test_each_command_of_the_tables_exists():
    assert [entry.module for entry in ENTRIES if not entry.exists()] == []


def test_the_line_in_a_group_is_that_of_the_command():
    found = [entry for entry in ENTRIES if entry.exists()]
    in_groups = {entry.module: entry.help for entry in found}
    assert in_groups == {e.module: e.load().get_short_help_str(limit=100) for e in found}


def test_each_option_has_help():
    assert [
        f"{path} {param.opts[0]}"
        for path, command in reference.commands()
        for param in command.params
        if isinstance(param, click.Option) and not param.help and not param.hidden
    ] == []


def test_each_command_has_help():
    assert [path for path, command in reference.commands() if not command.help] == []


def test_reference_is_up_to_date():
    written = {path.name: path.read_text() for path in (DOCS / "reference").glob("*.md")}
    assert written == reference.pages(), "run `make docs`"
