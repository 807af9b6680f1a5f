"""Runs in background processes that survive the terminal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from guild.base import files
from guild.base.errors import GuildError
from guild.ops.process.lock import RunLock
from guild.ops.process.output import OutputSink
from guild.ops.process.signals import SignalWatch
from guild.ops.process.start import DEFAULT_OPTIONS, StartOptions, start_locked
from guild.run import Run

if TYPE_CHECKING:
    from pathlib import Path

Work = Callable[[Callable[[], None]], int]
"""Calls its argument once it has started, and returns an exit code."""


def start_in_background(
    run: Run,
    *,
    environ: Mapping[str, str],
    options: StartOptions = DEFAULT_OPTIONS,
    sinks: Sequence[OutputSink] = (),
    pidfile: Path | None = None,
) -> int:
    """Start `run` in a detached process and return its process id once the run is running.

    The output is only recorded. Raises GuildError if the run is already running, or if its
    directory or `pidfile` cannot be written.
    """

    def work(on_started: Callable[[], None]) -> int:
        with SignalWatch() as signals, RunLock(run):
            on_started()
            return start_locked(run, signals, environ, options._replace(quiet=True), sinks)

    return run_detached(f"run {run.short_id}", work, pidfile)


def run_detached(name: str, work: Work, pidfile: Path | None = None) -> int:
    """Call `work` in a process without terminal, stdin and stdout; return the process id.

    Returns when `work` has called the callback that it receives. From then until the
    process ends, `pidfile` contains the process id.

    Raises GuildError for an error that `work` raises before that, or if `pidfile` cannot
    be written.
    """
    report, report_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(report)
        _detach()
        _work_and_exit(work, pidfile, report_end)
    os.close(report_end)
    with open(report, "rb") as file:
        status, _, detail = os.fsdecode(file.read()).partition(" ")
    os.waitpid(child, 0)
    if status != "started":
        raise GuildError(detail or f"cannot start {name} in the background")
    return int(detail)


def _detach() -> None:
    """Leave the terminal's session and the parent: fork again and end the first child."""
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def _work_and_exit(work: Work, pidfile: Path | None, report: int) -> NoReturn:
    is_reported = False

    def on_started() -> None:
        nonlocal is_reported
        if pidfile:
            _write_pid(pidfile)
        os.write(report, f"started {os.getpid()}".encode())
        os.close(report)
        is_reported = True

    code = 1
    try:
        code = work(on_started)
    except Exception as error:
        if not is_reported:  # later errors are recorded in the run
            unexpected = f"unexpected error: {type(error).__name__}: {error}"
            message = error.message if isinstance(error, GuildError) else unexpected
            os.write(report, os.fsencode(f"failed {message}"))
    finally:
        if pidfile and is_reported:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(pidfile)
        os._exit(code)


def _write_pid(pidfile: Path) -> None:
    try:
        files.write_atomic(pidfile, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise GuildError(f"cannot write pidfile '{pidfile}': {error.strerror}") from None
