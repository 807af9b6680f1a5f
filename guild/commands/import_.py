"""`guild import`."""

from __future__ import annotations

import click

from guild import config
from guild.api import transfers
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_selection, transfer_report
from guild.cli.command import argument, command, option
from guild.index.query import RunQuery
from guild.runs import archive as run_archive


@command(
    "import",
    examples=(
        ("guild import runs.zip", "Import all runs of a zip file."),
        ("guild import backup 1:3 --move", "Move the three latest runs of a directory."),
    ),
)
@argument(
    "archive",
    metavar="ARCHIVE",
    description="Directory or zip file that was written by 'guild export'.",
)
@run_selection.runs_argument("all matching runs of ARCHIVE", "guild runs --archive ARCHIVE")
@option("-m", "--move", is_flag=True, help="Move the runs instead of copying them.")
@option("--copy-resources", is_flag=True, help="Copy linked resources.")
@confirm.yes_option
@run_selection.RUN_FILTERS
def import_(
    archive: str,
    runs: tuple[str, ...],
    move: bool,
    copy_resources: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Import runs from a directory or zip file.

    Runs that already exist are skipped. By default, links to resources are kept as links.
    """
    if move and run_archive.is_zip(archive):
        raise GuildError("'--move' cannot be used with zip archives")  # Guild AI 0.9 wording
    with run_archive.open_reader(archive) as reader:
        selected = run_selection.select_named_or_all(runs, query._replace(runs_dir=reader.runs_dir))
        if not selected:
            return run_selection.report_no_match("No runs to import.")
        verb = "move" if move else "copy"
        if not yes and not confirm.confirm_runs(
            f"You are about to import ({verb}) the following runs from '{archive}':", selected
        ):
            return exit_codes.DECLINED
        result = transfers.import_runs(
            config.guild_home(),
            reader,
            [run.run for run in selected],
            move=move,
            copy_resources=copy_resources,
            progress=transfer_report.make_progress(move, ""),
        )
    transfer_report.warn_about_skipped_paths(result.left_out)
    click.echo(f"Imported {len(result.done)} run(s) from {archive}")
    return exit_codes.OK
