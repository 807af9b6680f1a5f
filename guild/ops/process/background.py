"""Starting a run in the background, where it survives the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from guild.base import files
from guild.base.errors import GuildError
from guild.ops.process.lock import RunLock
from guild.ops.process.output import OutputSink
from guild.ops.process.signals import SignalWatch
from guild.ops.process.start import DEFAULT_OPTIONS, StartOptions, start_locked
from guild.run import Run


def start_in_background(
    run: Run,
    *,
    environ: Mapping[str, str],
    options: StartOptions = DEFAULT_OPTIONS,
    sinks: Sequence[OutputSink] = (),
    pidfile: Path | None = None,
) -> int:
    """Start `run` as `start` does, `run_detached`: the output is in the run.

    When this returns the run is running. Raises GuildError if it is running already, its
    directory or `pidfile` cannot be written.
    """

    def work(started: Callable[[], None]) -> int:
        with SignalWatch() as signals, RunLock(run):
            started()
            return start_locked(run, signals, environ, options._replace(quiet=True), sinks)

    return run_detached(f"run {run.short_id}", work, pidfile)


def run_detached(
    what: str, work: Callable[[Callable[[], None]], int], pidfile: Path | None = None
) -> int:
    """Do `work`, which gives an exit code, in a process of its own; the id of that process.

    It has no terminal, no stdin and no stdout. This returns when `work` calls what it is
    given. `pidfile` has the process id as text from then on, until it ends.

    Raises GuildError with what `work` raises before that, or if `pidfile` cannot be written.
    """
    report, answer = os.pipe()
    child = os.fork()
    if child == 0:
        _leave(report)
        _serve(work, pidfile, answer)
    os.close(answer)
    with open(report, "rb") as file:
        status, _, text = os.fsdecode(file.read()).partition(" ")
    os.waitpid(child, 0)
    if status != "started":
        raise GuildError(text or f"{what}: it could not be started in the background")
    return int(text)


def started_message(name: str, run: Run, pid: int, pidfile: Path | None) -> str:
    """What the user is told of `run`, started as the process `pid`."""
    where = f"pidfile {pidfile}" if pidfile else f"process {pid}"
    return f"{name} started in background as {run.id} ({where})"


def _leave(report: int) -> None:
    """Become a process that no terminal and no parent has a say in."""
    os.close(report)
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def _serve(
    work: Callable[[Callable[[], None]], int], pidfile: Path | None, answer: int
) -> NoReturn:
    told = False

    def started() -> None:
        nonlocal told
        if pidfile:
            _write_pid(pidfile)
        os.write(answer, f"started {os.getpid()}".encode())
        os.close(answer)
        told = True

    code = 1
    try:
        code = work(started)
    except Exception as error:
        if not told:  # the one who asked can tell it; from then on the run does
            what = f"unexpected error: {type(error).__name__}: {error}"
            text = error.message if isinstance(error, GuildError) else what
            os.write(answer, os.fsencode(f"failed {text}"))
    finally:
        if pidfile and told:
            pidfile.unlink(missing_ok=True)
        os._exit(code)


def _write_pid(pidfile: Path) -> None:
    try:
        files.write_atomic(pidfile, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise GuildError(f"cannot write the pidfile {pidfile}: {error.strerror}") from None
