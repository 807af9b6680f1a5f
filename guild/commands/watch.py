"""`guild watch`."""

from __future__ import annotations

import os
import sys

import click

from guild import config
from guild.api import selection, watching
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import RunQuery
from guild.run import Run

_RUNNING = frozenset(("running",))


@command()
@run_selection.run_argument("the latest running run")
@click.option(
    "-p",
    "--pid",
    metavar="PID",
    help="Watch the run associated with the specified process. PID may be a process ID or a "
    "path to a file containing a process ID.",
)
@run_selection.RUN_FILTERS_WITHOUT_STATUS
def watch(run: str | None, pid: str | None, query: RunQuery) -> None:
    """Watch the output of a run.

    Shows the output of a run until the run ends. RUN is an index, the start of a run's id,
    or a run directory; without it the latest run that is running is watched. Ctrl-C stops
    watching and leaves the run alone.
    """
    watched = _run(run, pid, query)
    click.echo(f"Watching run {watched.id}")
    try:
        for data in watching.follow_output(watched):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    except KeyboardInterrupt:
        click.echo(f"\nStopped watching {watched.id} ({_state(watched)})")
        return
    if not os.path.exists(watched.path):
        click.echo(f"Run {watched.id} was deleted")
    else:
        click.echo(f"Run {watched.id} stopped with a status of '{watched.status}'")


def _run(spec: str | None, pid: str | None, query: RunQuery) -> Run:
    home = config.guild_home()
    if pid is not None:
        if spec is not None or query != RunQuery():
            raise click.UsageError("--pid cannot be used with RUN or filters")
        return watching.run_of_process(home, pid)
    if spec is not None:
        return selection.select_one(home, spec, query).run
    running = selection.select_page(home, query._replace(statuses=_RUNNING), 1).runs
    if not running:
        raise GuildError("nothing to watch - 'guild watch RUN' shows the output of any run")
    return running[0].run


def _state(run: Run) -> str:
    return "still running" if run.status == "running" else run.status
