"""Deleting runs, bringing them back, and removing them for good."""

from __future__ import annotations

import os
from pathlib import Path

from guild.api import stopping
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs.store import RunStore


def delete(home: Path, run: Run, *, permanent: bool = False) -> None:
    """Move the run to the trash of `home`, or, with `permanent`, remove it from the disk.

    A run that is running is stopped first. Raises GuildError if it cannot be stopped or
    removed, or is not among the runs of `home`.
    """
    store = RunStore(home)
    _check_is_in(run, store.runs_dir)
    if not stopping.stop(run):
        raise GuildError(f"cannot delete run {run.short_id}: it is running and does not stop")
    store.delete(run, permanent=permanent)


def restore(home: Path, run: Run) -> Run:
    """Bring back a run from the trash of `home`; the run where it was before it was deleted
    will do. Raises GuildError."""
    store = RunStore(home)
    if not os.path.isdir(run.path):
        run = Run(run.id, store.trash_dir / run.id)
    _check_is_in(run, store.trash_dir)
    return store.restore(run)


def purge(home: Path, run: Run) -> None:
    """Remove a run in the trash of `home` from the disk. Raises GuildError."""
    store = RunStore(home)
    _check_is_in(run, store.trash_dir)
    store.purge(run)


def _check_is_in(run: Run, folder: Path) -> None:
    if os.path.realpath(os.path.dirname(run.path)) != os.path.realpath(folder):
        raise GuildError(f"run {run.short_id} in {run.path} is not one of the runs in {folder}")
