"""The processes of a run: its script and all descendants."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping

from guild.base import processes
from guild.run import Run


def find_processes(run: Run, root: int | None = None) -> frozenset[int]:
    """Return the ids of the live processes of `run`.

    They are the process `root`, processes in its session or process group, processes
    with the run's id in their environment, and all descendants of these. The environment
    identifies daemons, whose parents have ended, unless it was replaced. This process and
    its ancestors are never included.
    """
    table = processes.read_process_table()
    pids = {pid for pid, info in table.items() if root in (pid, info.session, info.group)}
    pids |= {pid for pid in table if _was_started_by(run, pid)}
    pids -= _lineage(os.getpid(), table)
    while True:
        children = {pid for pid, info in table.items() if info.parent in pids} - pids
        children -= {os.getpid()}
        if not children:
            return frozenset(pids)
        pids |= children


def select_other_runs(run: Run, pids: frozenset[int]) -> frozenset[int]:
    """Return those of `pids` that belong to another run, which its own Guild supervises.

    Such a run is a step of `run`, or was started by its script.
    """
    return frozenset(
        pid for pid in pids if _belongs_to_another(run, processes.read_environment(pid))
    )


def _belongs_to_another(run: Run, environ: Mapping[str, str]) -> bool:
    folder = environ.get("RUN_DIR", "")
    return (
        environ.get("RUN_ID", run.id) != run.id
        and os.path.isabs(folder)
        and os.path.isdir(os.path.join(folder, ".guild"))
    )


def send_signal(number: signal.Signals, pids: frozenset[int]) -> None:
    """Send the signal `number` to each of `pids`, ignoring those that have ended."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _was_started_by(run: Run, pid: int) -> bool:
    environ = processes.read_environment(pid)
    if environ.get("RUN_ID") != run.id:
        return False
    folder = environ.get("RUN_DIR", run.path)  # a copied run has the same id
    return os.path.realpath(folder) == os.path.realpath(run.path)


def process_group(pid: int) -> int:
    """Return the process group of `pid`, or 0 if the process has ended."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _lineage(pid: int, table: dict[int, processes.Process]) -> set[int]:
    """Return `pid` and its ancestors."""
    pids: set[int] = set()
    while pid in table and pid not in pids:
        pids.add(pid)
        pid = table[pid].parent
    return pids
