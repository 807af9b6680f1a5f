"""Starting a batch that is staged, or joining one that runs already."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from guild import config
from guild.base.errors import GuildError
from guild.extend.observer import BatchEnd, RunObserver
from guild.launch.batch_directory import StagedBatch
from guild.launch.batch_plan import GRID
from guild.launch.executor import Executor
from guild.launch.loop import DEFAULT_OPTIONS, BatchOptions, run_batch
from guild.ops.process import lifecycle
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.run import Run
from guild.runs.store import RunStore


def start_batch(
    batch: StagedBatch,
    *,
    executor: Executor,
    observer: RunObserver,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    options: BatchOptions = DEFAULT_OPTIONS,
    started: Callable[[], None] = lambda: None,
) -> BatchEnd:
    """Run the trials of `batch` that have no result yet, and record how it ended.

    While another process runs it, this one takes part. The record is written by the one that
    holds the batch's lock, and by the last one if that was killed. A grid that ended well is
    deleted unless `options` keeps it: all it has to tell is in its trials. `started` is called
    once the batch is running and minds signals.
    Raises GuildError where the batch cannot be read or written.
    """
    run = batch.run
    config.user_config(environ)  # what is wrong there is told once, and not by each trial
    lock = _lock(run)
    try:
        if lock is not None:
            lifecycle.mark_started(run)
        end = run_batch(
            batch,
            executor=executor,
            observer=observer,
            environ=environ,
            home=home,
            cwd=cwd,
            options=options,
            started=started,
        )
        lock = lock or _lock(run)
        if lock is not None:
            lifecycle.mark_stopped(run, _exit_status(end))
            if not options.keep:
                _delete_if_done(batch, end, home)
        return end
    except GuildError:
        if lock is not None and os.path.isdir(run.guild_path()):
            lifecycle.mark_stopped(run, 1)
        raise
    except OSError as error:
        if not os.path.isdir(run.guild_path()):  # another one was done with it, and deleted it
            return BatchEnd(trials=0)
        raise GuildError(f"cannot write batch {run.short_id}: {error.strerror}") from None
    finally:
        if lock is not None:
            lock.release()


def _lock(run: Run) -> RunLock | None:
    """The lock of the batch; None if another process has it. Raises GuildError where it
    cannot be written."""
    lock = RunLock(run)
    try:
        lock.acquire()
    except AlreadyRunningError:  # even if it is done by now, and its record is written
        return None
    except GuildError:
        if not os.path.isdir(run.guild_path()):
            return None
        raise
    return lock


def _exit_status(end: BatchEnd) -> int:
    if end.stopped:
        return -signal.SIGTERM
    return 1 if end.failed else 0


def exit_code(end: BatchEnd) -> int:
    """What a process that ran a batch exits with."""
    return 128 + signal.SIGTERM if end.stopped else 1 if end.failed else 0


def _delete_if_done(batch: StagedBatch, end: BatchEnd, home: Path) -> None:
    if batch.opref.op == GRID and not end.failed and not end.stopped:
        RunStore(home).delete(batch.run, permanent=True)
