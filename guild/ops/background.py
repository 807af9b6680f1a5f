"""Starting a run in the background, where it survives the terminal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from guild.base import files
from guild.base.errors import GuildError
from guild.ops.lock import RunLock
from guild.ops.output import OutputSink
from guild.ops.signals import SignalWatch
from guild.ops.start import DEFAULT_OPTIONS, StartOptions, start_locked
from guild.run import Run


def start_in_background(
    run: Run,
    *,
    environ: Mapping[str, str],
    options: StartOptions = DEFAULT_OPTIONS,
    sinks: Sequence[OutputSink] = (),
    pidfile: Path | None = None,
) -> int:
    """Start `run` as `start` does, in a process of its own; the id of that process.

    It has no terminal, no stdin and no stdout: the output is in the run. When this
    returns the run is running, and `pidfile` has the process id as text, until it ends.

    Raises GuildError if the run is running already, its directory or `pidfile` cannot be
    written.
    """
    report, answer = os.pipe()
    child = os.fork()
    if child == 0:
        _leave(report)
        quiet = options._replace(quiet=True)
        _serve(lambda: _run(run, environ, quiet, sinks, pidfile, answer), answer)
    os.close(answer)
    with open(report, "rb") as file:
        status, _, text = os.fsdecode(file.read()).partition(" ")
    os.waitpid(child, 0)
    if status != "started":
        raise GuildError(text or f"run {run.short_id}: it could not be started in the background")
    return int(text)


def _leave(report: int) -> None:
    """Become a process that no terminal and no parent has a say in."""
    os.close(report)
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def _serve(work: Callable[[], int], answer: int) -> NoReturn:
    code = 1
    try:
        code = work()
    except GuildError as error:
        with contextlib.suppress(OSError):  # nobody listens once it has started
            os.write(answer, os.fsencode(f"failed {error.message}"))
    finally:
        os._exit(code)


def _run(
    run: Run,
    environ: Mapping[str, str],
    options: StartOptions,
    sinks: Sequence[OutputSink],
    pidfile: Path | None,
    answer: int,
) -> int:
    with SignalWatch() as signals, RunLock(run):
        try:
            if pidfile:
                _write_pid(pidfile)
            os.write(answer, f"started {os.getpid()}".encode())
            os.close(answer)
            return start_locked(run, signals, environ, options, sinks)
        finally:
            if pidfile:
                pidfile.unlink(missing_ok=True)


def _write_pid(pidfile: Path) -> None:
    try:
        files.write_atomic(pidfile, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise GuildError(f"cannot write the pidfile {pidfile}: {error.strerror}") from None
