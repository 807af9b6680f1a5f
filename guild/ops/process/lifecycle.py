"""The attributes and markers that record the start and the end of a run."""

from __future__ import annotations

import contextlib
import os

from guild.base import clock
from guild.base.errors import GuildError
from guild.ops.process import disk_reserve
from guild.ops.process.output import OutputRecord
from guild.run import Run
from guild.runs import restarts


def mark_started(run: Run) -> None:
    """Record that `run` has started. Raises OSError."""
    is_restart = os.path.exists(run.guild_path("attrs", "started"))
    for marker in ("PENDING", "STAGED"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(run.guild_path(marker))
    for attr in ("exit_status", "stopped"):
        run.delete_attr(attr)
    run.set("started", clock.timestamp())
    disk_reserve.reserve_attrs(run, "exit_status", "stopped")
    folder = os.path.dirname(run.path)
    if is_restart and os.path.basename(folder) == "runs":
        restarts.note_restart(os.path.dirname(folder), run.id)


def mark_stopped(run: Run, exit_status: int) -> None:
    """Record how `run` ended. Raises GuildError if the run was deleted meanwhile, and OSError."""
    if not os.path.isdir(run.guild_path()):
        raise GuildError(f"run {run.short_id} was deleted while it ran ({run.path})")
    disk_reserve.write_attr(run, "exit_status", exit_status)
    disk_reserve.write_attr(run, "stopped", clock.timestamp())


def check_recorded(run: Run, record: OutputRecord) -> None:
    """Raise GuildError if `record` does not contain the complete output of `run`."""
    if record.error:
        raise GuildError(
            f"run {run.short_id}: output is incomplete: "
            f"{record.error.strerror} ({run.guild_path('output')})"
        )


def write_error(run: Run, error: OSError) -> GuildError:
    """Return the GuildError for an OSError raised while writing `run`."""
    return GuildError(
        f"run {run.short_id}: cannot write {error.filename or run.path}: {error.strerror}"
    )
