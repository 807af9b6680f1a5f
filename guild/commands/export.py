"""`guild export`."""

from __future__ import annotations

import os

import click

from guild import config
from guild.api import archives
from guild.cli import confirm, exit_codes, run_selection, transfer_report
from guild.cli.command import command
from guild.index.query import RunQuery
from guild.runs.archive import is_zip


@command()
@click.argument("location")
@run_selection.runs_argument("all matching runs")
@click.option("-m", "--move", is_flag=True, help="Move exported runs rather than copy.")
@click.option("-r", "--copy-resources", is_flag=True, help="Copy resources for each exported run.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before exporting.")
def export(
    location: str,
    runs: tuple[str, ...],
    move: bool,
    copy_resources: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Export runs to a directory or zip file.

    LOCATION is a directory or a '.zip' file. It is made if it does not exist, otherwise the
    runs are added to it; a run that it has already is skipped.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory;
    without it all runs that match the filters are exported.

    By default, resources are NOT copied with each exported run, but links to them are kept.
    To copy resources, use --copy-resources. A zip file always has copies of them.
    """
    selected = run_selection.select_named_or_all(runs, query)
    if not selected:
        click.echo("No runs to export.")
        return 0
    verb = "move" if move else "copy"
    if not yes and not confirm.confirm_runs(
        f"You are about to {verb} the following runs to '{location}':", selected
    ):
        return exit_codes.DECLINED
    done = archives.export_runs(
        config.guild_home(),
        [run.run for run in selected],
        location,
        move=move,
        copy_resources=copy_resources,
        progress=transfer_report.progress(
            move, "" if is_zip(location) else os.path.join(location, "")
        ),
    )
    transfer_report.warn_of_left_out(done.left_out)
    click.echo(f"Exported {len(done.done)} run(s) to {location}")
    return 0
