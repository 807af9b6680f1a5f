"""Running runs: their process, their end and their output."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from guild.base import processes
from guild.base.errors import GuildError
from guild.ops.process.process_tree import find_processes, send_signal
from guild.run import Run
from guild.runs.store import RunStore

# Seconds to wait for a run to stop. Its supervisor kills its processes a little earlier.
PATIENCE = 15.0

_KILL_PATIENCE = 5.0  # seconds for the end of a killed run to be recorded

_STOP_INTERVAL = 0.05
_OUTPUT_INTERVAL = 0.1
_CHUNK = 1 << 16


def find_supervisor(run: Run) -> int | None:
    """Return the process on this machine that runs `run`; None if it is not running here.

    A process that started after the lock was written only reuses the recorded process id.
    """
    pid = run.lock_pid
    return pid if pid is not None and processes.holds_lock(pid, run.guild_path("LOCK")) else None


def find_run_of_process(home: Path, pid: str) -> Run:
    """Return the run whose supervisor is the process `pid`: an id, or the path of a PID file.

    Raises GuildError if no run has that process or the file is invalid.
    """
    number = _parse_process_id(pid)
    store = RunStore(home)
    for run_id in store.ids():
        run = store.get(run_id)
        if run.lock_pid == number:
            return run
    raise GuildError(f"cannot find a run for process {number}")


def _parse_process_id(pid: str) -> int:
    if pid.isdecimal():
        return int(pid)
    if not os.path.exists(pid):
        raise GuildError(f"'{pid}' is neither a process id nor a file")
    try:
        return int(Path(pid).read_text())
    except (OSError, ValueError):
        raise GuildError(f"cannot read a process id from '{pid}'") from None


# -- Stopping


def request_stop(run: Run) -> bool:
    """Send SIGTERM to the supervisor of `run`; return False if it is not running here.

    Raises GuildError if the process belongs to another user.
    """
    pid = find_supervisor(run)
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


def wait_until_stopped(run: Run, seconds: float = PATIENCE) -> bool:
    """Wait up to `seconds` for the run to end; return whether it has ended."""
    deadline = time.monotonic() + seconds
    while find_supervisor(run) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_STOP_INTERVAL)
    return True


def list_processes(run: Run) -> frozenset[int]:
    """Return the ids of the live processes of `run` on this machine, if it is running."""
    supervisor = find_supervisor(run)
    return frozenset() if supervisor is None else find_processes(run, supervisor)


def kill_run(run: Run, seconds: float = _KILL_PATIENCE) -> None:
    """Kill the processes of `run` that are left, and wait at most `seconds` for its end."""
    supervisor = find_supervisor(run)
    if supervisor is None:
        return
    # The supervisor is spared at first, because it records the end.
    send_signal(signal.SIGKILL, find_processes(run, supervisor) - {supervisor})
    if not wait_until_stopped(run, seconds):
        send_signal(signal.SIGKILL, frozenset((supervisor,)))
        wait_until_stopped(run, seconds)
        run.set("exit_status", -signal.SIGKILL)


# -- Output


def follow_output(run: Run) -> Iterator[bytes]:
    """Yield the output of `run` up to now, then new output until the run ends."""
    offset = 0
    while True:
        # Checked before reading: once the run has ended, the file holds all of its output.
        running = find_supervisor(run) is not None
        for data in _read_from(run.guild_path("output"), offset):
            offset += len(data)
            yield data
        if not running:
            return
        time.sleep(_OUTPUT_INTERVAL)


def _read_from(path: str, offset: int) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            while data := file.read(_CHUNK):
                yield data
    except FileNotFoundError:
        return
