"""docs/guildfile.md has the names of the schema, each under its heading, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guild.guildfile import document, flags, load, operations, resources, sourcecode, steps

PAGE = (Path(__file__).parents[2] / "docs" / "guildfile.md").read_text(encoding="utf-8")

SCHEMAS = {
    "Items": {*document.KINDS, document.INCLUDE},
    "Model": set(load._MODEL),
    "Operation": {*operations._OPERATION, "requires"},
    "Flag": set(flags._FLAG),
    "Types": set(flags.TYPES),
    "Choice": set(flags._CHOICE),
    "Resource": set(resources._RESOURCE),
    "Source": set(resources._SOURCE),
    "Source code": set(sourcecode._SCHEMA),
    "Rule": set(sourcecode._RULE_SCHEMA),
    "Match": set(sourcecode._MATCH_SCHEMA),
    "Step": set(steps._STEP),
    "Expectation": set(steps._EXPECT),
    "Optimizer": set(operations._OPTIMIZER),
    "Publish": {"files", "template"},
    "Package": set(load._PACKAGE),
}


def tables() -> dict[str, list[tuple[str, ...]]]:
    """The rows of the table below each heading, cell by cell."""
    found: dict[str, list[tuple[str, ...]]] = {}
    heading = ""
    for line in PAGE.splitlines():
        if match := re.match(r"##+ (.+)", line):
            heading = match[1]
        elif line.startswith("| `"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            found.setdefault(heading, []).append(tuple(cell.strip() for cell in cells))
    return found


def test_each_part_of_the_schema_has_a_table():
    assert set(tables()) == set(SCHEMAS)


@pytest.mark.parametrize("heading", SCHEMAS)
def test_names_of_the_schema_are_those_of_the_page(heading):
    names = [re.sub(r" †$", "", row[0]).strip("`") for row in tables()[heading]]
    assert sorted(names) == sorted(SCHEMAS[heading])


def test_each_name_has_a_type_and_a_meaning():
    for heading, rows in tables().items():
        width = 2 if heading == "Types" else 3
        assert [row for row in rows if len(row) != width or not all(row)] == []


def test_options_of_steps_are_those_of_run_but_for_a_few_of_guild_ai():
    from guild.commands.run import run

    options = {opt.removeprefix("--") for param in run.params for opt in param.opts}
    assert set(steps._OPTIONS) - options == {"opt-flags", "remote", "tags"}
