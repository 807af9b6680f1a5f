"""`guild select`."""

from __future__ import annotations

from pathlib import Path

import click

from guild import config
from guild.api import selection
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import IndexedRun, RunQuery


@command()
@run_selection.runs_argument("the latest run")
@click.option(
    "-A", "--all", "all_", is_flag=True, help="Select all matching runs, not just the latest."
)
@click.option(
    "-min",
    "--min",
    "min_",
    metavar="COLSPEC",
    help="Select the run with the lowest value for the specified COLSPEC.",
)
@click.option(
    "-max",
    "--max",
    "max_",
    metavar="COLSPEC",
    help="Select the run with the highest value for the specified COLSPEC.",
)
@click.option("-s", "--short-id", is_flag=True, help="Use short ID.")
@click.option("-a", "--attr", metavar="ATTR", help="Show specified run attribute.")
@click.option("-p", "--path", "--dir", "path", is_flag=True, help="Show run path.")
@run_selection.RUN_FILTERS
def select(
    runs: tuple[str, ...],
    all_: bool,
    min_: str | None,
    max_: str | None,
    short_id: bool,
    attr: str | None,
    path: bool,
    query: RunQuery,
) -> None:
    """Select a run and show its ID.

    This is meant for naming a run in another command:

        guild run --restart $(guild select -Fo train)

    RUN is an index, a range of indexes (with --all), the start of a run's id, or a run
    directory; without it the latest run is selected. Of the runs that match, --min and
    --max select the one with the lowest or highest value of a column such as 'loss',
    'max acc' or '=lr' (see 'guild compare --help').
    """
    if min_ is not None and max_ is not None:
        raise click.UsageError("--min and --max cannot both be used")
    if sum((short_id, attr is not None, path)) > 1:
        raise click.UsageError("--short-id, --attr and --path cannot be used together")
    home = config.guild_home()
    column = max_ if min_ is None else min_
    if column is not None:
        highest = min_ is None
        selected = [selection.best(home, column, query, highest=highest, specs=runs)]
    else:
        selected = _selected(home, runs, query, all_)
    for run in selected:
        click.echo(_shown(run, short_id, attr, path))


def _selected(home: Path, specs: tuple[str, ...], query: RunQuery, all_: bool) -> list[IndexedRun]:
    if not all_:
        return [selection.select_one(home, spec, query) for spec in specs or (None,)]
    runs = selection.select_named(home, specs, query) if specs else selection.select(home, query)
    if not runs:
        raise GuildError("no matching runs")
    return runs


def _shown(run: IndexedRun, short_id: bool, attr: str | None, path: bool) -> str:
    if attr is not None:
        return _attribute(run, attr)
    if path:
        return run.path
    return printable(run.short_id if short_id else run.id)


def _attribute(run: IndexedRun, name: str) -> str:
    """The attribute as YAML, a text as it is."""
    from guild.api.info import attribute
    from guild.base import yaml

    value = attribute(run, name)
    return value if isinstance(value, str) else yaml.dump(value).removesuffix("\n")
