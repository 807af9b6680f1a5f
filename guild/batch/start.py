"""Starting a batch that is staged, or joining one that runs already."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

from guild.base.errors import GuildError
from guild.batch.executor import Executor
from guild.batch.loop import (
    DEFAULT_OPTIONS,
    BatchEnd,
    BatchOptions,
    Reporter,
    mark_started,
    mark_stopped,
    run_batch,
)
from guild.batch.plan import GRID
from guild.batch.stage import read_batch
from guild.ops.lock import RunLock
from guild.run import Run
from guild.runs.store import RunStore


def is_batch_run(run: Run) -> bool:
    """Whether `run` is a batch."""
    return run.batch_proto is not None


def start_batch(
    run: Run,
    *,
    executor: Executor,
    reporter: Reporter,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    options: BatchOptions = DEFAULT_OPTIONS,
) -> BatchEnd:
    """Run the trials of the batch `run` that have no result yet, and record how it ended.

    While another process runs it, this one takes part, and leaves the record to that one.
    Raises GuildError where the batch cannot be read or written.
    """
    batch = read_batch(run)
    lock = RunLock(run)
    leads = True
    try:
        lock.acquire()
    except GuildError:
        if run.status != "running":
            raise
        leads = False
    try:
        if leads:
            mark_started(run)
        end = run_batch(
            batch,
            executor=executor,
            reporter=reporter,
            environ=environ,
            home=home,
            cwd=cwd,
            options=options,
        )
        if leads:
            mark_stopped(run, _exit_status(end))
        return end
    except OSError as error:
        raise GuildError(f"cannot write batch {run.short_id}: {error.strerror}") from None
    finally:
        if leads:
            lock.release()


def _exit_status(end: BatchEnd) -> int:
    if end.stopped:
        return -signal.SIGTERM
    return 1 if end.failed else 0


def exit_code(end: BatchEnd) -> int:
    """What a process that ran a batch exits with."""
    return 128 + signal.SIGTERM if end.stopped else 1 if end.failed else 0


def delete_if_done(run: Run, end: BatchEnd, home: Path) -> None:
    """Delete a grid's batch run that ended well: all it has to tell is in its trials."""
    opref = run.opref
    if opref is not None and opref.op == GRID and not end.failed and not end.stopped:
        RunStore(home).delete(run, permanent=True)
