"""`guild watch`."""

from __future__ import annotations

import os
import sys

import click

from guild import config
from guild.api import run_process, selection
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command, option
from guild.index.query import RunQuery
from guild.run import Run


@command(
    examples=(
        ("guild watch", "Watch the latest running run."),
        ("guild watch -Fo train", "Watch the latest running 'train' run."),
    )
)
@run_selection.run_argument("the latest running run")
@option("-p", "--pid", metavar="PID", help="Watch the run of process PID, or of the PID in a file.")
@run_selection.RUN_FILTERS_WITHOUT_STATUS
def watch(run: str | None, pid: str | None, query: RunQuery) -> None:
    """Watch the output of a run.

    Shows the output until the run ends. Press Ctrl-C to stop watching; the run continues.
    """
    watched = _select_run(run, pid, query)
    click.echo(f"Watching run {watched.id}")
    try:
        for data in run_process.follow_output(watched):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    except KeyboardInterrupt:
        status = "still running" if watched.status == "running" else watched.status
        click.echo(f"\nStopped watching {watched.id} ({status})")
        return
    if not os.path.exists(watched.path):
        click.echo(f"Run {watched.id} was deleted")
    else:
        click.echo(f"Run {watched.id} stopped with a status of '{watched.status}'")


def _select_run(spec: str | None, pid: str | None, query: RunQuery) -> Run:
    home = config.guild_home()
    if pid is not None:
        if spec is not None or query != RunQuery():
            raise click.UsageError("--pid cannot be used with RUN or filters")
        return run_process.find_run_of_process(home, pid)
    if spec is not None:
        return selection.select_one(home, spec, query).run
    running = selection.select_page(home, query._replace(statuses=run_selection.RUNNING), 1).runs
    if not running:
        raise GuildError("nothing to watch; 'guild watch RUN' shows the output of any run")
    return running[0].run
