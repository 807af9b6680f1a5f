"""`guild runs list`."""

from __future__ import annotations

from typing import Any

import click

from guild import config
from guild.api import selection
from guild.cli import run_listing, run_selection
from guild.cli.command import command
from guild.index.query import IndexedRun, RunQuery

PAGE = 20


@command()
@click.option(
    "-a", "--all", "all_", is_flag=True, help=f"Show all runs (by default the last {PAGE})."
)
@click.option(
    "-m", "--more", count=True, help=f"Show {PAGE} more runs. May be used multiple times."
)
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), metavar="N", help="Limit number of runs shown."
)
@click.option("-d", "--deleted", is_flag=True, help="Show deleted runs.")
@click.option("-A", "--archive", metavar="PATH", help="Show archived runs in PATH.")
@click.option("-c", "--comments", is_flag=True, help="Show run comments.")
@click.option("-v", "--verbose", is_flag=True, help="Show run details.")
@click.option("--json", "as_json", is_flag=True, help="Format runs as JSON.")
@click.option("--flags", is_flag=True, help="Include the flags of each run in the JSON.")
@click.option("--scalars", is_flag=True, help="Include the scalars of each run in the JSON.")
@click.option("-s", "--simplified", is_flag=True, help="Show a simplified list.")
@run_selection.RUN_FILTERS
def list_runs(query: RunQuery, **options: Any) -> None:
    """List runs.

    The latest run is first. The index in front of a run names it in other commands, as do
    the start of its id and the path of its directory; it changes as runs come and go.

    Use --deleted to show the runs that can be restored or purged, and --archive to show
    those in a folder or zip file made by 'guild export'. With --json all runs are shown,
    unless --limit is used.

    Filters may be combined: a run is shown if it matches each of those given. An option
    that may be used multiple times matches if one of its values does. OPERATION and LABEL
    match any part of the name. Letters of status filters may be put together: -Set shows
    runs that ended with an error or were terminated.
    """
    _check(options)
    query = query._replace(deleted=options["deleted"])
    if options["archive"]:
        from guild.runs.archive import open_runs_dir

        with open_runs_dir(options["archive"]) as folder:
            _list(query._replace(runs_dir=folder), options)
    else:
        _list(query, options)


def _list(query: RunQuery, options: dict[str, Any]) -> None:
    home, limit = config.guild_home(), _limit(options)
    if limit is None:
        runs = selection.select(home, query)
        total = len(runs)
    else:
        runs, total = selection.select_page(home, query, limit)
    if options["as_json"]:
        _print_json(runs, options)
        return
    if total > len(runs) and options["limit"] is None:
        click.echo(
            f"Showing the first {len(runs)} runs ({total} total) - use --all to show all or -m "
            f"to show more",
            err=True,
        )
    _print(runs, options)


_EXCLUSIVE = (
    ("all_", "limit"),
    ("archive", "deleted"),
    ("as_json", "verbose"),
    ("as_json", "simplified"),
    ("as_json", "comments"),
)
_NAMES = {"all_": "--all", "as_json": "--json"}


def _check(options: dict[str, Any]) -> None:
    for first, second in _EXCLUSIVE:
        if options[first] and options[second]:
            names = [_NAMES.get(name, f"--{name}") for name in (first, second)]
            raise click.UsageError(f"{names[0]} and {names[1]} cannot both be used")
    for name in ("flags", "scalars"):
        if options[name] and not options["as_json"]:
            raise click.UsageError(f"--{name} can only be used with --json")


def _limit(options: dict[str, Any]) -> int | None:
    """How many runs are shown; None for all."""
    if options["limit"] is not None:
        return int(options["limit"])
    if options["all_"] or options["as_json"]:
        return None
    return int(PAGE * (1 + options["more"]))


def _print(runs: list[IndexedRun], options: dict[str, Any]) -> None:
    simplified = options["simplified"]
    heads = [f"[{n}]" if simplified else f"[{n}:{run.short_id}]" for n, run in enumerate(runs, 1)]
    shown = run_listing.lines(runs, heads, started=not simplified)
    for run, line in zip(runs, shown, strict=True):
        click.echo(run_listing.fitted(line))
        if options["verbose"]:
            _print_details(run)
        if options["comments"]:
            for comment in run_listing.comment_lines(run.attrs.get("comments") or []):
                click.echo(f"  {comment}".rstrip())


def _print_details(run: IndexedRun) -> None:
    from guild.api.info import core_fields
    from guild.cli.field_lines import field_lines

    for line in field_lines(core_fields(run), indent="  "):
        click.echo(line)


def _print_json(runs: list[IndexedRun], options: dict[str, Any]) -> None:
    import json

    from guild.api.info import listed

    shown = [
        listed(run, with_flags=options["flags"], with_scalars=options["scalars"]) for run in runs
    ]
    click.echo(json.dumps(shown))
