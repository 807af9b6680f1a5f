"""`guild export`."""

from __future__ import annotations

import os

import click

from guild import config
from guild.api import transfers
from guild.cli import confirm, exit_codes, run_selection, transfer_report
from guild.cli.command import argument, command, option
from guild.index.query import RunQuery
from guild.runs.archive import is_zip


@command(
    examples=(
        ("guild export runs.zip", "Export all runs to a zip file."),
        ("guild export backup -Fo train --move", "Move the runs of 'train' to a directory."),
    )
)
@argument(
    "location",
    metavar="LOCATION",
    description="Directory or '.zip' file, created if it does not exist.",
)
@run_selection.runs_argument("all matching runs")
@option("-m", "--move", is_flag=True, help="Move the runs instead of copying them.")
@option(
    "-r",
    "--copy-resources",
    is_flag=True,
    help="Copy linked resources; zip files always contain copies.",
)
@confirm.yes_option
@run_selection.RUN_FILTERS
def export(
    location: str,
    runs: tuple[str, ...],
    move: bool,
    copy_resources: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Export runs to a directory or zip file.

    Runs are added to what LOCATION already contains. Runs that already exist in it are skipped. By
    default, links to resources are kept as links.
    """
    selected = run_selection.select_named_or_all(runs, query)
    if not selected:
        return run_selection.report_no_match("No runs to export.")
    verb = "move" if move else "copy"
    if not yes and not confirm.confirm_runs(
        f"You are about to {verb} the following runs to '{location}':", selected
    ):
        return exit_codes.DECLINED
    result = transfers.export_runs(
        config.guild_home(),
        [run.run for run in selected],
        location,
        move=move,
        copy_resources=copy_resources,
        progress=transfer_report.make_progress(
            move, "" if is_zip(location) else os.path.join(location, "")
        ),
    )
    transfer_report.warn_about_skipped_paths(result.left_out)
    click.echo(f"Exported {len(result.done)} run(s) to {location}")
    return exit_codes.OK
