"""`guild tag`."""

from __future__ import annotations

import click

from guild.api import changes
from guild.base.text import printable
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command()
@run_selection.runs_argument("the latest run")
@click.option(
    "-a",
    "--add",
    multiple=True,
    metavar="TAG",
    help="Associate TAG with specified runs. May be used multiple times.",
)
@click.option(
    "-d",
    "--delete",
    multiple=True,
    metavar="TAG",
    help="Delete TAG from specified runs. May be used multiple times.",
)
@click.option("-c", "--clear", is_flag=True, help="Clear all tags associated with specified runs.")
@click.option(
    "-s",
    "--sync-labels",
    is_flag=True,
    help="Update run labels by adding and deleting the tags in them.",
)
@click.option("--list-all", is_flag=True, help="List all tags used for the specified runs.")
@click.option("--json", "as_json", is_flag=True, help="Format the list of tags as JSON.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before modifying tags.")
def tag(
    runs: tuple[str, ...],
    add: tuple[str, ...],
    delete: tuple[str, ...],
    clear: bool,
    sync_labels: bool,
    list_all: bool,
    as_json: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Add or remove run tags.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory;
    without it the latest run is changed, and the tags of all runs are listed. Options may
    be combined: tags are removed before others are added.
    """
    if list_all:
        if add or delete or clear:
            raise click.UsageError("--list-all cannot be used with --add, --delete or --clear")
        _list(runs, query, as_json)
        return 0
    if not (add or delete or clear):
        raise click.UsageError("missing one of: --add, --delete, --clear, --list-all")
    selected = run_selection.select_named_or_latest(runs, query)
    if not yes and not confirm.confirm_runs(_about(sync_labels), selected):
        return exit_codes.DECLINED
    for run in selected:
        changes.change_tags(run.run, add=add, delete=delete, clear=clear, sync_label=sync_labels)
    click.echo(f"Modified tags for {len(selected)} run(s)")
    return 0


def _list(specs: tuple[str, ...], query: RunQuery, as_json: bool) -> None:
    runs = run_selection.select_named_or_all(specs, query)
    known = [run.attrs.get("tags") for run in runs]
    found = sorted({str(name) for tags in known if isinstance(tags, list) for name in tags})
    if as_json:
        import json

        click.echo(json.dumps(found))
        return
    for name in found:
        click.echo(printable(name))


def _about(sync_labels: bool) -> str:
    labels = (
        "Labels are updated to reflect the latest tags."
        if sync_labels
        else "Labels are not updated - use --sync-labels to apply changes to run labels."
    )
    return f"You are about to modify tags for the following runs:\n{labels}"
