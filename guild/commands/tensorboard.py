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
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, TextIO

import click

from guild import config
from guild.base import files, log
from guild.base.errors import GuildError
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, command, option
from guild.index.query import RunQuery

if TYPE_CHECKING:
    from guild.view.tensorboard.log_dir import LogDir
    from guild.view.tensorboard.run_feed import RunFeed


def _parse_assignments(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.UsageError(
                f"invalid value '{value}' for option '-O': expected OPTION=VALUE"
            )
    return dict(value.removeprefix("--").split("=", 1) for value in values)


class ServerOptions(NamedTuple):
    """The TensorBoard server and the browser."""

    host: str | None
    port: int
    refresh_interval: float
    tensorboard_options: Mapping[str, str]
    no_open: bool
    tab: str | None
    run_in_foreground: bool


class ContentOptions(NamedTuple):
    """The parts of each run to show."""

    run_name_flags: str | None
    skip_images: bool
    skip_hparams: bool


class ExportOptions(NamedTuple):
    """The files to write instead of starting TensorBoard."""

    export: str | None
    export_scalars: str | None


_SERVER_OPTIONS = OptionGroup(
    "Server",
    "server_options",
    ServerOptions,
    Option("-h", "--host", metavar="HOST", help="Listen on HOST (default: localhost)."),
    Option(
        "-p",
        "--port",
        metavar="PORT",
        type=click.IntRange(0, 65535),
        default=0,
        help="Listen on PORT (default: a free port).",
    ),
    Option(
        "--refresh-interval",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=5,
        help="Refresh the runs every SECONDS (default: 5).",
    ),
    Option("-n", "--no-open", is_flag=True, help="Do not open TensorBoard in a browser."),
    Option("--tab", metavar="TAB", help="Open the tab TAB, such as hparams."),
    Option(
        "-O",
        "tensorboard_options",
        metavar="OPTION=VALUE",
        multiple=True,
        callback=_parse_assignments,
        help="Pass --OPTION=VALUE to TensorBoard. Can be used multiple times.",
    ),
    # Guild AI 0.9 has this option; it is the only behavior here.
    Option("--run-in-foreground", is_flag=True, hidden=True),
)

_CONTENT_OPTIONS = OptionGroup(
    "Content",
    "content_options",
    ContentOptions,
    Option(
        "--run-name-flags",
        metavar="FLAGS",
        help="Name runs by these flags instead of labels, separated by commas or spaces.",
    ),
    Option("--skip-images", is_flag=True, help="Do not show images in run directories."),
    Option("--skip-hparams", is_flag=True, help="Do not show flags as hyperparameters."),
)

_EXPORT_OPTIONS = OptionGroup(
    "Export",
    "export_options",
    ExportOptions,
    Option(
        "--export",
        metavar="DIR",
        help="Write a log directory with copies of all event files to DIR, and exit.",
    ),
    Option(
        "--export-scalars",
        metavar="PATH",
        help="Write all scalars to a CSV file, and exit. Use '-' to write to standard output.",
    ),
    exclusive=(("--export", "--export-scalars"),),
)


@command(examples=(("guild tensorboard --running", "Show the runs that are running."),))
@run_selection.runs_argument("all matching runs except batches")
@option("--include-batch", is_flag=True, help="Include batch runs.")
@_SERVER_OPTIONS
@_CONTENT_OPTIONS
@_EXPORT_OPTIONS
@run_selection.RUN_FILTERS
def tensorboard(
    runs: tuple[str, ...],
    include_batch: bool,
    server_options: ServerOptions,
    content_options: ContentOptions,
    export_options: ExportOptions,
    query: RunQuery,
) -> None:
    """Visualize runs in TensorBoard.

    Starts TensorBoard and opens it in a browser. The view is refreshed every few seconds as
    runs start, finish or are deleted. Press Ctrl-C to quit.

    Runs are named by ID, operation, start time and label. Flags are shown as hyperparameters,
    the last values of scalars as metrics, and image files in run directories as images.
    """
    from guild.view.tensorboard.run_feed import RunFeed

    with RunFeed(config.guild_home(), runs, query, batches=include_batch) as feed:
        if export_options.export_scalars is not None:
            _export_scalars(feed, export_options.export_scalars)
        elif export_options.export is not None:
            _export_log_dir(feed, export_options.export, content_options)
        else:
            _serve(feed, server_options, content_options)


def _export_scalars(feed: RunFeed, path: str) -> None:
    if path == "-":
        _write_scalars(feed, sys.stdout)
        return
    text = io.StringIO(newline="")
    _write_scalars(feed, text)
    try:
        files.write_output_file(Path(path), text.getvalue().encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise GuildError(f"cannot write '{path}': {error.strerror}") from None


def _write_scalars(feed: RunFeed, file: TextIO) -> None:
    from guild.scalars.run_scalars import read_points

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("run", "path", "tag", "value", "step"))
    for run in feed.read_runs():
        for (path, tag), points in read_points(run.path).items():
            for step, value in zip(points.steps, points.values, strict=True):
                writer.writerow((run.id, path, tag, value, step))


def _export_log_dir(feed: RunFeed, folder: str, content_options: ContentOptions) -> None:
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise GuildError(f"'{folder}' already exists; specify a new or empty directory")
    runs = feed.read_runs()
    os.makedirs(folder, exist_ok=True)
    _make_log_dir(folder, content_options, linked=False).sync(runs)
    click.echo(f"Exported {len(runs)} run(s) to {folder}")


def _make_log_dir(path: str, content_options: ContentOptions, *, linked: bool) -> LogDir:
    from guild.view.tensorboard.log_dir import LogDir
    from guild.view.tensorboard.run_folder import Contents

    contents = Contents(
        images=not content_options.skip_images,
        hparams=not content_options.skip_hparams,
        linked=linked,
    )
    flags = content_options.run_name_flags
    return LogDir(path, contents, None if flags is None else flags.replace(",", " ").split())


def _serve(feed: RunFeed, server_options: ServerOptions, content_options: ContentOptions) -> None:
    from guild.view.tensorboard.server import start_tensorboard

    interval = server_options.refresh_interval
    with (
        _stop_event() as stop,
        tempfile.TemporaryDirectory(prefix="guild-tensorboard-") as folder,
    ):
        log_dir, runs = _make_log_dir(folder, content_options, linked=True), feed.read_runs()
        click.echo("Preparing runs for TensorBoard", err=True)
        log_dir.sync(runs)
        server = start_tensorboard(
            folder,
            host=server_options.host,
            port=server_options.port,
            reload_interval=interval,
            options=server_options.tensorboard_options,
        )
        message = f"Running TensorBoard {server.version} at {server.url} (Type Ctrl+C to quit)"
        click.echo(message, err=True)  # Guild AI 0.9 wording
        if not server_options.no_open:
            _open_browser(server.url, server_options.tab)
        _follow(feed, log_dir, interval, stop)
        click.echo(err=True)


def _follow(feed: RunFeed, log_dir: LogDir, interval: float, stop: threading.Event) -> None:
    """Update the log directory until `stop` is set, and log each distinct error once."""
    logged = set()
    while not stop.wait(interval):
        try:
            log_dir.sync(feed.read_runs())
        except (GuildError, OSError) as error:
            if str(error) not in logged:
                log.warning(f"cannot update the runs in TensorBoard: {error}")
                logged.add(str(error))


@contextlib.contextmanager
def _stop_event() -> Iterator[threading.Event]:
    """Yield an event that is set by signals to terminate, so that the command can clean up."""
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


def _open_browser(url: str, tab: str | None) -> None:
    """Open a browser, unless only one that runs in this terminal is available."""
    names = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "darwin" or any(os.environ.get(name) for name in names):
        import webbrowser

        webbrowser.open(f"{url}#{tab}" if tab else url)
