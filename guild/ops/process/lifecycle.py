"""What is written into a run when it starts and when it has ended, and told where that fails."""

from __future__ import annotations

import os

from guild.base import clock
from guild.base.errors import GuildError
from guild.ops.process import disk_reserve
from guild.ops.process.output import OutputRecord
from guild.run import Run


def mark_stopped(run: Run, exit_status: int) -> None:
    """Write how `run` ended. Raises GuildError if it was deleted meanwhile, OSError."""
    if not os.path.isdir(run.guild_path()):
        raise GuildError(f"run {run.short_id} was deleted while it ran ({run.path})")
    disk_reserve.write(run, "exit_status", exit_status)
    disk_reserve.write(run, "stopped", clock.timestamp())


def check_recorded(run: Run, record: OutputRecord) -> None:
    """Raise GuildError if the output of `run` is not in `record` to its end."""
    if record.error:
        raise GuildError(
            f"run {run.short_id}: its output is recorded in part only: "
            f"{record.error.strerror} ({run.guild_path('output')})"
        )


def unwritable(run: Run, error: OSError) -> GuildError:
    """The error to raise for an OSError while `run` is written."""
    return GuildError(
        f"run {run.short_id}: cannot write {error.filename or run.path}: {error.strerror}"
    )
