"""Stopping runs."""

from __future__ import annotations

import os
import signal
import time

from guild.base import processes
from guild.base.errors import GuildError
from guild.ops.process.process_tree import find_processes, send_signal
from guild.run import Run

# A run that is asked to stop has this long, in seconds, before its processes are killed
# by the process that runs it; waiting a little longer sees that happen.
PATIENCE = 15.0

_INTERVAL = 0.05
_KILL_PATIENCE = 5.0  # seconds for the end of a killed run to be recorded


def request_stop(run: Run) -> bool:
    """Ask the process that runs `run` to stop it (SIGTERM). False if none runs it here.

    Raises GuildError if the process belongs to someone else.
    """
    pid = starter(run)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    except PermissionError:
        raise GuildError(
            f"cannot stop run {run.short_id}: process {pid} belongs to another user"
        ) from None
    return True


def starter(run: Run) -> int | None:
    """The process that runs the run here and has its lock; None if none does.

    A process that began after the lock was made only has the same number as one that died.
    """
    pid = run.lock_pid
    return pid if pid is not None and processes.holds_lock(pid, run.guild_path("LOCK")) else None


def wait_until_stopped(run: Run, seconds: float = PATIENCE) -> bool:
    """Wait for the run to end here, at most `seconds`. Whether it has."""
    deadline = time.monotonic() + seconds
    while starter(run) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_INTERVAL)
    return True


def stop(run: Run, seconds: float = PATIENCE) -> bool:
    """Ask the run to stop and wait until it has, at most `seconds`. Whether none runs it.

    Raises GuildError as `request_stop` does.
    """
    return not request_stop(run) or wait_until_stopped(run, seconds)


def processes_of(run: Run) -> frozenset[int]:
    """Return the ids of the live processes of `run` on this machine, if it is running."""
    pid = starter(run)
    return frozenset() if pid is None else find_processes(run, pid)


def kill(run: Run, seconds: float = _KILL_PATIENCE) -> None:
    """Kill the processes of `run` that are left, and wait at most `seconds` for its end."""
    supervisor = starter(run)
    if supervisor is None:
        return
    # The supervisor is spared at first, because it records the end.
    send_signal(signal.SIGKILL, find_processes(run, supervisor) - {supervisor})
    if not wait_until_stopped(run, seconds):
        send_signal(signal.SIGKILL, frozenset((supervisor,)))
        wait_until_stopped(run, seconds)
        run.set("exit_status", -signal.SIGKILL)
