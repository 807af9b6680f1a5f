"""`guild tensorboard`."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from guild import config
from guild.base import files, log
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import RunQuery

if TYPE_CHECKING:
    from guild.view.tensorboard.log_dir import LogDir
    from guild.view.tensorboard.run_feed import RunFeed


def _assignments(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.UsageError(f"'{value}' in option '-O' is not of the form OPTION=VALUE")
    return dict(value.removeprefix("--").split("=", 1) for value in values)


@command()
@run_selection.runs_argument("all matching runs except batches")
@click.option("-h", "--host", metavar="HOST", help="Name of host interface to listen on.")
@click.option(
    "-p",
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen on. (default is a free one)",
)
@click.option("--include-batch", is_flag=True, help="Include batch runs.")
@click.option(
    "--refresh-interval",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=5,
    help="Refresh interval. (default is 5 seconds)",
)
@click.option(
    "--run-name-flags",
    metavar="FLAGS",
    help="Comma or space delimited list of flags used for run names.",
)
@click.option("-n", "--no-open", is_flag=True, help="Don't open TensorBoard in a browser.")
@click.option(
    "-O",
    "options",
    metavar="OPTION=VALUE",
    multiple=True,
    callback=_assignments,
    help="An option that is passed through to TensorBoard as --OPTION=VALUE. May be used "
    "multiple times.",
)
@click.option("--skip-images", is_flag=True, help="Don't show images in run directories.")
@click.option("--skip-hparams", is_flag=True, help="Don't show flags as hyperparameters.")
@click.option("--tab", metavar="TAB", help="Open with an initially selected tab.")
@click.option(
    "--run-in-foreground",
    is_flag=True,
    hidden=True,
    help="Run until Ctrl-C, which is what this command does.",
)
@click.option(
    "--export",
    metavar="DIR",
    help="Write the log directory to DIR, with copies of all event files, instead of showing it.",
)
@click.option(
    "--export-scalars",
    metavar="PATH",
    help="Export all scalars of the runs to a CSV file. Use '-' to write to standard output.",
)
@run_selection.RUN_FILTERS
def tensorboard(query: RunQuery, **options: Any) -> None:
    """Visualize runs with TensorBoard.

    Starts TensorBoard with the selected runs and opens it in a browser. Runs that come, go,
    or match the filters only later are followed every few seconds, until Ctrl-C ends the
    command. RUN is an index, a range of indexes, the start of a run's id, or a run
    directory; without it all runs are shown that the filters leave, but for batches.

    A run is called by its id, operation, start and label. Flags are shown as
    hyperparameters, with the last values of scalars as metrics, and images in run
    directories as images.

    Use --export to keep what TensorBoard would be shown as a log directory on its own.
    """
    if options["export"] is not None and options["export_scalars"] is not None:
        raise click.UsageError("--export and --export-scalars cannot both be used")
    from guild.view.tensorboard.run_feed import RunFeed

    with RunFeed(
        config.guild_home(),
        options["runs"],
        query,
        batches=options["include_batch"],
    ) as feed:
        if options["export_scalars"] is not None:
            _export_scalars(feed, options["export_scalars"])
        elif options["export"] is not None:
            _export(feed, options["export"], options)
        else:
            _show(feed, options)


def _export_scalars(feed: RunFeed, path: str) -> None:
    if path == "-":
        _write_scalars(feed, csv.writer(sys.stdout, lineterminator="\n"))
        return
    text = io.StringIO(newline="")
    _write_scalars(feed, csv.writer(text, lineterminator="\n"))
    try:
        files.write_output_file(Path(path), text.getvalue().encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise GuildError(f"cannot write '{path}': {error.strerror}") from None


def _write_scalars(feed: RunFeed, writer: Any) -> None:
    from guild.api.scalar_rows import ScalarRow, scalar_rows

    writer.writerow(ScalarRow._fields)
    writer.writerows(scalar_rows(feed.read_runs()))


def _export(feed: RunFeed, folder: str, options: dict[str, Any]) -> None:
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise GuildError(f"'{folder}' is not empty - a log directory is written to a new one")
    runs = feed.read_runs()
    os.makedirs(folder, exist_ok=True)
    _log_dir(folder, options, linked=False).sync(runs)
    click.echo(f"Exported {len(runs)} run(s) to {folder}")


def _log_dir(path: str, options: dict[str, Any], *, linked: bool) -> LogDir:
    from guild.view.tensorboard.log_dir import LogDir
    from guild.view.tensorboard.run_folder import Contents

    contents = Contents(
        images=not options["skip_images"], hparams=not options["skip_hparams"], linked=linked
    )
    flags = options["run_name_flags"]
    return LogDir(path, contents, None if flags is None else flags.replace(",", " ").split())


def _show(feed: RunFeed, options: dict[str, Any]) -> None:
    from guild.view.tensorboard import server

    with (
        _stopped_by_signals() as stop,
        tempfile.TemporaryDirectory(prefix="guild-tensorboard-") as folder,
    ):
        log_dir, runs = _log_dir(folder, options, linked=True), feed.read_runs()
        click.echo("Preparing runs for TensorBoard", err=True)
        log_dir.sync(runs)
        served = server.start_tensorboard(
            folder,
            host=options["host"],
            port=options["port"],
            reload_interval=options["refresh_interval"],
            options=options["options"],
        )
        click.echo(
            f"Running TensorBoard {served.version} at {served.url} (Type Ctrl+C to quit)", err=True
        )
        if not options["no_open"]:
            _open(f"{served.url}#{options['tab']}" if options["tab"] else served.url)
        _follow(feed, log_dir, options["refresh_interval"], stop)
        click.echo(err=True)


def _follow(feed: RunFeed, log_dir: LogDir, interval: float, stop: threading.Event) -> None:
    """Keep the log directory like the runs until `stop`; what hinders it is told once."""
    told = set()
    while not stop.wait(interval):
        try:
            log_dir.sync(feed.read_runs())
        except (GuildError, OSError) as error:
            if str(error) not in told:
                log.warning(f"runs in TensorBoard are not up to date: {error}")
                told.add(str(error))


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the signals which end a program set, so that it ends in good order."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _open(url: str) -> None:
    """Open a browser, unless all there could be is one in this terminal."""
    names = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "darwin" or any(os.environ.get(name) for name in names):
        import webbrowser

        webbrowser.open(url)
