"""Export of runs to archives, and import from archives."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from guild.api import removal
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import archive
from guild.runs.store import RunStore


class Transfer(NamedTuple):
    """The result of an export or import.

    Attributes:
        done: the runs that were copied or moved, at their new place.
        skipped: the runs that already existed there.
        left_out: paths in runs that could not be copied: sockets, broken links.
    """

    done: list[Run]
    skipped: list[Run]
    left_out: list[str]


Progress = Callable[[Run, bool], None]
"""A function that is called before each run is copied, with whether it is skipped."""


def export_runs(
    home: Path,
    runs: Iterable[Run],
    location: str,
    *,
    move: bool = False,
    copy_resources: bool = False,
    progress: Progress = lambda run, skipped: None,
) -> Transfer:
    """Add `runs` to the archive at `location`, a directory or a `.zip` file.

    With `move`, they are deleted from `home` once all are in the archive. Raises GuildError if
    the archive cannot be written, and for a running run with `move`.
    """
    runs = list(runs)
    if move:
        _reject_running(runs, "exported")
    result = Transfer([], [], [])
    try:
        with archive.open_writer(location) as writer:
            for run in runs:
                skip = writer.has(run)
                progress(run, skip)
                (result.skipped if skip else result.done).append(run)
                if not skip:
                    left_out = writer.add(run, copy_resources=copy_resources, move=move)
                    result.left_out.extend(f"{run.short_id}/{path}" for path in left_out)
    except OSError as error:
        raise GuildError(f"cannot export to '{location}': {_reason(error)}") from None
    if move:
        for run in result.done:
            removal.delete_run(home, run, permanent=True)
    return result


def import_runs(
    home: Path,
    source: archive.Reader,
    runs: Iterable[Run],
    *,
    move: bool = False,
    copy_resources: bool = False,
    progress: Progress = lambda run, skipped: None,
) -> Transfer:
    """Add `runs` of the archive `source` to `home`; see `guild.runs.archive.open_reader`.

    With `move`, each is removed from the archive, which must be a directory. Raises GuildError
    if a run cannot be copied, and for a running run with `move`.
    """
    runs = list(runs)
    if move:
        _reject_running(runs, "imported")
    store = RunStore(home)
    result = Transfer([], [], [])
    for run in runs:
        imported = store.get(run.id)
        skip = os.path.lexists(imported.path)
        progress(run, skip)
        (result.skipped if skip else result.done).append(imported)
        if skip:
            continue
        try:
            left_out = source.take(
                run.id, str(store.runs_dir), copy_resources=copy_resources, move=move
            )
            if move:
                RunStore.remove(run)
        except OSError as error:
            raise GuildError(f"cannot import run {run.short_id}: {_reason(error)}") from None
        result.left_out.extend(f"{run.short_id}/{path}" for path in left_out)
    return result


def _reject_running(runs: Iterable[Run], participle: str) -> None:
    for run in runs:
        if run.status == "running":
            raise GuildError(
                f"run {run.short_id} is running and cannot be {participle} with --move; "
                f"stop it first with 'guild stop {run.short_id}'"
            )


def _reason(error: OSError) -> str:
    path = f" ({os.fsdecode(error.filename)})" if error.filename else ""
    return f"{error.strerror or error}{path}"
