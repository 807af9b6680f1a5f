"""Every command and option has help, and the reference is up to date."""

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


def test_help_in_group_is_first_line_of_command():
    assert {entry.module: entry.help for entry in ENTRIES} == {
        entry.module: entry.load().get_short_help_str(limit=100) for entry in ENTRIES
    }


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
