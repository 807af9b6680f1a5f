"""Deletion of runs, restoration, and permanent removal."""

from __future__ import annotations

import os
from pathlib import Path

from guild.api import run_process
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs.store import RunStore


def delete_run(home: Path, run: Run, *, permanent: bool = False) -> None:
    """Move `run` to the trash of `home`, or remove it from disk if `permanent`.

    Stops the run first if it is running. Raises GuildError if it cannot be stopped or removed,
    or is not one of the runs of `home`.
    """
    store = RunStore(home)
    _check_is_in(run, store.runs_dir)
    if run_process.request_stop(run) and not run_process.wait_until_stopped(run):
        raise GuildError(f"cannot delete run {run.short_id}: it is running and does not stop")
    store.delete(run, permanent=permanent)


def restore_run(home: Path, run: Run) -> Run:
    """Restore `run` from the trash of `home`, and return it at its new place.

    `run` may also be at the place where it was before its deletion. Raises GuildError if it is
    not in the trash or cannot be moved.
    """
    store = RunStore(home)
    if not os.path.isdir(run.path):
        run = Run(run.id, store.trash_dir / run.id)
    _check_is_in(run, store.trash_dir)
    return store.restore(run)


def purge_run(home: Path, run: Run) -> None:
    """Remove `run` in the trash of `home` from disk. Raises GuildError if it is not there."""
    store = RunStore(home)
    _check_is_in(run, store.trash_dir)
    store.purge(run)


def _check_is_in(run: Run, folder: Path) -> None:
    if os.path.realpath(os.path.dirname(run.path)) != os.path.realpath(folder):
        raise GuildError(f"run {run.short_id} in {run.path} is not one of the runs in {folder}")
