"""`guild runs list`."""

from __future__ import annotations

from typing import NamedTuple

import click

from guild import config
from guild.api import selection
from guild.cli import run_listing, run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import IndexedRun, RunQuery

PAGE = 20


class ListOptions(NamedTuple):
    """The runs to list and the form of the list."""

    all_: bool
    more: int
    limit: int | None
    deleted: bool
    archive: str | None
    comments: bool
    verbose: bool
    simplified: bool
    as_json: bool
    flags: bool
    scalars: bool


_OPTIONS = OptionGroup(
    "Options",
    "options",
    ListOptions,
    Option("-a", "--all", "all_", is_flag=True, help=f"Show all runs (default: the last {PAGE})."),
    Option("-m", "--more", count=True, help=f"Show {PAGE} more runs (repeatable)."),
    Option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="Show the last N runs."),
    Option("-d", "--deleted", is_flag=True, help="Show deleted runs, to restore or purge."),
    Option("-A", "--archive", metavar="PATH", help="Show the runs of a directory or zip file."),
    Option("-c", "--comments", is_flag=True, help="Show comments."),
    Option("-v", "--verbose", is_flag=True, help="Show run details."),
    Option("-s", "--simplified", is_flag=True, help="Omit IDs and start times."),
    Option("--json", "as_json", is_flag=True, help="Print JSON, by default of all runs."),
    Option("--flags", is_flag=True, help="Include flags in the JSON."),
    Option("--scalars", is_flag=True, help="Include scalars in the JSON."),
    exclusive=(
        ("--all", "--limit"),
        ("--archive", "--deleted"),
        ("--json", "--verbose"),
        ("--json", "--simplified"),
        ("--json", "--comments"),
    ),
)


@command(
    examples=(
        ("guild runs -Fo train -Sc", "List completed 'train' runs."),
        ("guild runs -F 'loss < 0.1' --all", "List all runs with a low loss."),
    )
)
@_OPTIONS
@run_selection.RUN_FILTERS
def list_runs(options: ListOptions, query: RunQuery) -> None:
    """List runs.

    The latest run comes first. Other commands accept the index in front of a run, the start of
    its ID, or the path of its directory. Indexes change when runs are added or deleted.

    Runs must match every filter; a filter that is repeated must match once. Status letters can be
    combined: -Set shows runs that ended with an error or were stopped.
    """
    for name, value in (("--flags", options.flags), ("--scalars", options.scalars)):
        if value and not options.as_json:
            raise click.UsageError(f"{name} can only be used with --json")
    query = query._replace(deleted=options.deleted)
    if options.archive:
        from guild.runs.archive import open_runs_dir

        with open_runs_dir(options.archive) as folder:
            _list_matching(query._replace(runs_dir=folder), options)
    else:
        _list_matching(query, options)


def _list_matching(query: RunQuery, options: ListOptions) -> None:
    home, limit = config.guild_home(), _limit(options)
    if limit is None:
        runs = selection.select_runs(home, query)
        total = len(runs)
    else:
        runs, total = selection.select_page(home, query, limit)
    if options.as_json:
        _print_json(runs, options)
        return
    if total > len(runs) and options.limit is None:
        # Guild AI 0.9 wording
        click.echo(
            f"Showing the first {len(runs)} runs ({total} total) - use --all to show all or -m "
            f"to show more",
            err=True,
        )
    _print_runs(runs, options)


def _limit(options: ListOptions) -> int | None:
    """Return the maximum number of runs to show; None for all."""
    if options.limit is not None:
        return options.limit
    if options.all_ or options.as_json:
        return None
    return PAGE * (1 + options.more)


def _print_runs(runs: list[IndexedRun], options: ListOptions) -> None:
    simple = options.simplified
    heads = [f"[{n}]" if simple else f"[{n}:{run.short_id}]" for n, run in enumerate(runs, 1)]
    lines = run_listing.format_runs(runs, heads, started=not simple)
    for run, line in zip(runs, lines, strict=True):
        click.echo(run_listing.fit_line(line))
        if options.verbose:
            _print_details(run)
        if options.comments:
            for comment in run_listing.format_comments(run.attrs.get("comments") or []):
                click.echo(f"  {comment}".rstrip())


def _print_details(run: IndexedRun) -> None:
    from guild.api.run_info import read_core_fields
    from guild.cli.field_lines import format_fields

    for line in format_fields(read_core_fields(run), indent="  "):
        click.echo(line)


def _print_json(runs: list[IndexedRun], options: ListOptions) -> None:
    import json

    from guild.api.run_info import read_json_fields

    fields = [
        read_json_fields(run, with_flags=options.flags, with_scalars=options.scalars)
        for run in runs
    ]
    click.echo(json.dumps(fields))
