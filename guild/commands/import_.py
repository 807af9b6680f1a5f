"""`guild import`."""

from __future__ import annotations

import click

from guild import config
from guild.api import archives, selection
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_selection, transfer_report
from guild.cli.command import command
from guild.index.query import RunQuery
from guild.runs import archive as run_archive


@command("import")
@click.argument("archive")
@run_selection.runs_argument("all matching runs")
@click.option("-m", "--move", is_flag=True, help="Move imported runs rather than copy.")
@click.option("--copy-resources", is_flag=True, help="Copy resources for each imported run.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before importing.")
def import_(
    archive: str,
    runs: tuple[str, ...],
    move: bool,
    copy_resources: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Import runs from a directory or zip file.

    ARCHIVE is a directory or a zip file that runs were exported to with 'guild export'. Use
    'guild runs list --archive ARCHIVE' to view them. A run that exists already is skipped.

    RUN is an index in that list, a range of indexes, or the start of a run's id; without it
    all runs that match the filters are imported.

    By default, resources are NOT copied with each imported run, but links to them are kept.
    To copy resources, use --copy-resources.
    """
    if move and run_archive.is_zip(archive):
        raise GuildError("'--move' cannot be used with zip archives")
    with run_archive.open_reader(archive) as reader:
        home = config.guild_home()
        query = query._replace(runs_dir=reader.runs_dir)
        selected = (
            selection.select_named(home, runs, query) if runs else selection.select(home, query)
        )
        if not selected:
            click.echo("No runs to import.")
            return 0
        verb = "move" if move else "copy"
        if not yes and not confirm.confirm_runs(
            f"You are about to import ({verb}) the following runs from '{archive}':", selected
        ):
            return exit_codes.DECLINED
        done = archives.import_runs(
            home,
            reader,
            [run.run for run in selected],
            move=move,
            copy_resources=copy_resources,
            progress=transfer_report.progress(move, ""),
        )
    transfer_report.warn_of_left_out(done.left_out)
    click.echo(f"Imported {len(done.done)} run(s) from {archive}")
    return 0
