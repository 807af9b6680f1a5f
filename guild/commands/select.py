"""`guild select`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from guild import config
from guild.api import selection
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import IndexedRun, RunQuery


class SelectOptions(NamedTuple):
    """The runs to select, and what to print about each."""

    all_: bool
    min: str | None
    max: str | None
    short_id: bool
    attr: str | None
    path: bool


_OPTIONS = OptionGroup(
    "Options",
    "options",
    SelectOptions,
    Option("-A", "--all", "all_", is_flag=True, help="Select all matching runs."),
    Option("-min", "--min", metavar="COLUMN", help="Select the run with the lowest COLUMN."),
    Option("-max", "--max", metavar="COLUMN", help="Select the run with the highest COLUMN."),
    Option("-s", "--short-id", is_flag=True, help="Show the short ID."),
    Option("-a", "--attr", metavar="ATTR", help="Show a run attribute."),
    Option("-p", "--path", hidden_names=("--dir",), is_flag=True, help="Show the run directory."),
    exclusive=(("--min", "--max"), ("--short-id", "--attr", "--path")),
)


@command(
    examples=(
        ("guild run --restart $(guild select -Fo train)", "Restart the latest 'train' run."),
        ("guild select --min loss --path", "Show the directory of the best run."),
    )
)
@run_selection.runs_argument("the latest run")
@_OPTIONS
@run_selection.RUN_FILTERS
def select(runs: tuple[str, ...], options: SelectOptions, query: RunQuery) -> None:
    """Select a run and show its ID.

    COLUMN is a scalar or flag, such as 'loss', 'max acc' or '=lr'. For column syntax see
    'guild compare --help'.
    """
    for run in _select_runs(config.guild_home(), runs, options, query):
        click.echo(_format_run(run, options))


def _select_runs(
    home: Path, specs: tuple[str, ...], options: SelectOptions, query: RunQuery
) -> list[IndexedRun]:
    """Return at least one run. Raises GuildError if no run matches."""
    if options.min is not None:
        return [selection.select_best(home, options.min, query, highest=False, specs=specs)]
    if options.max is not None:
        return [selection.select_best(home, options.max, query, highest=True, specs=specs)]
    if not options.all_:
        return [selection.select_one(home, spec, query) for spec in specs or (None,)]
    runs = run_selection.select_named_or_all(specs, query)
    if not runs:
        raise GuildError("no matching runs")
    return runs


def _format_run(run: IndexedRun, options: SelectOptions) -> str:
    if options.attr is not None:
        return _format_attribute(run, options.attr)
    if options.path:
        return run.path
    return printable(run.short_id if options.short_id else run.id)


def _format_attribute(run: IndexedRun, name: str) -> str:
    """Return the attribute as YAML, or unchanged if it is a string."""
    from guild.api.run_info import read_attribute
    from guild.base import yaml

    value = read_attribute(run, name)
    return value if isinstance(value, str) else yaml.dump(value).removesuffix("\n")
