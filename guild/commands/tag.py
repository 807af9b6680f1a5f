"""`guild tag`."""

from __future__ import annotations

from typing import NamedTuple

import click

from guild.api import changes
from guild.base.text import printable
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import RunQuery
from guild.run import typed_attr


class TagOptions(NamedTuple):
    """An action on the tags of runs."""

    add: tuple[str, ...]
    delete: tuple[str, ...]
    clear: bool
    sync_labels: bool
    list_all: bool
    as_json: bool


_OPTIONS = OptionGroup(
    "Options",
    "options",
    TagOptions,
    Option("-a", "--add", multiple=True, metavar="TAG", help="Add a tag (repeatable)."),
    Option("-d", "--delete", multiple=True, metavar="TAG", help="Delete a tag (repeatable)."),
    Option("-c", "--clear", is_flag=True, help="Delete all tags."),
    Option("-s", "--sync-labels", is_flag=True, help="Change the tags in run labels too."),
    Option("--list-all", is_flag=True, help="List the tags of runs."),
    Option("--json", "as_json", is_flag=True, help="Print --list-all as JSON."),
    exclusive=(("--list-all", "--add"), ("--list-all", "--delete"), ("--list-all", "--clear")),
)


@command(
    examples=(
        ("guild tag 1:3 -a best", "Tag the three latest runs."),
        ("guild tag --list-all", "List the tags of all runs."),
    )
)
@run_selection.runs_argument("the latest run; with --list-all, all matching runs")
@_OPTIONS
@confirm.yes_option
@run_selection.RUN_FILTERS
def tag(runs: tuple[str, ...], options: TagOptions, yes: bool, query: RunQuery) -> int:
    """Add or remove run tags.

    Options can be combined: tags are deleted before others are added.
    """
    if options.list_all:
        _print_tags(runs, query, options.as_json)
        return exit_codes.OK
    if not (options.add or options.delete or options.clear):
        # Guild AI 0.9 wording
        raise click.UsageError("missing one of: --add, --delete, --clear, --list-all")
    selected = run_selection.select_named_or_latest(runs, query)
    labels = (
        "labels change too" if options.sync_labels else "labels stay as they are; see --sync-labels"
    )
    prompt = f"Tags of these runs will change ({labels}):"
    if not yes and not confirm.confirm_runs(prompt, selected):
        return exit_codes.DECLINED
    for run in selected:
        changes.change_tags(
            run.run,
            add=options.add,
            delete=options.delete,
            clear=options.clear,
            sync_label=options.sync_labels,
        )
    click.echo(f"Modified tags for {len(selected)} run(s)")
    return exit_codes.OK


def _print_tags(specs: tuple[str, ...], query: RunQuery, as_json: bool) -> None:
    runs = run_selection.select_named_or_all(specs, query)
    tags = sorted(
        {str(tag) for run in runs for tag in typed_attr("tags", run.attrs.get("tags")) or ()}
    )
    if as_json:
        import json

        click.echo(json.dumps(tags))
        return
    for name in tags:
        click.echo(printable(name))
