"""The start of a staged batch, or of one more process in a running batch."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from guild import config
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.executor import Executor
from guild.extend.observer import BatchEnd, RunObserver
from guild.launch.batch_directory import StagedBatch
from guild.launch.loop import DEFAULT_OPTIONS, BatchLoop, BatchOptions
from guild.launch.trial_runs import OperationTrialMaker, TrialMaker
from guild.ops.process import lifecycle
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.run import Run
from guild.runs.store import RunStore

_MODEL_SEARCHES = ("skopt:gp", "skopt:forest", "skopt:gbrt")


def start_batch(
    batch: StagedBatch,
    ctx: Context,
    *,
    executor: Executor,
    observer: RunObserver,
    options: BatchOptions = DEFAULT_OPTIONS,
    maker: TrialMaker | None = None,
    started: Callable[[], None] = lambda: None,
) -> BatchEnd:
    """Run the trials of `batch` that have no result yet, and record how the batch ended.

    If another process runs the batch, this one takes part. The process that holds the batch's
    lock writes the record, or the last process if that one was killed. A grid or a random search
    that succeeded moves to the trash unless `options` keeps it. `maker` creates
    the trials, by default those of the batch's operation. `started` is called once the
    batch runs and signals stop it in good order.
    Raises GuildError if the batch cannot be read or written.
    """
    run = batch.run
    config.user_config(ctx.environ)  # report a problem once instead of with each trial
    if options.handle_signals and batch.optimizer in _MODEL_SEARCHES:
        from guild.optimizers.one_thread import load_skopt

        load_skopt()
    store = RunStore(ctx.home)
    maker = maker or OperationTrialMaker(batch, store, ctx)
    lock = _try_lock(run)
    try:
        if lock is not None:
            lifecycle.mark_started(run)
        end = BatchLoop(batch, maker, store, executor, observer, options).run(started)
        lock = lock or _try_lock(run)
        if lock is not None:
            lifecycle.mark_stopped(run, _exit_status(end))
            if not options.keep and _is_superfluous(batch, end):
                store.delete(run)
                deleted = store.get(run.id, deleted=True)
                Path(deleted.guild_path("LOCK")).unlink(missing_ok=True)
        return end
    except GuildError:
        if lock is not None and os.path.isdir(run.guild_path()):
            lifecycle.mark_stopped(run, 1)
        raise
    except OSError as error:
        if not os.path.isdir(run.guild_path()):  # another process finished and deleted it
            return BatchEnd(trials=0)
        raise GuildError(f"cannot write batch {run.short_id}: {error.strerror}") from None
    finally:
        if lock is not None:
            lock.release()


def _try_lock(run: Run) -> RunLock | None:
    """Lock the batch. Return None if another process holds the lock or deleted the batch.

    Raises GuildError if the lock cannot be written.
    """
    lock = RunLock(run)
    try:
        lock.acquire()
    except AlreadyRunningError:  # even if it has just ended and written its record
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
    """Return the exit code of a process that ran a batch."""
    return 128 + signal.SIGTERM if end.stopped else 1 if end.failed else 0


def _is_superfluous(batch: StagedBatch, end: BatchEnd) -> bool:
    """Return whether the trials of a batch that ended have all its information."""
    is_known = batch.optimizer in (None, "skopt:random")
    return is_known and not end.failed and not end.stopped
