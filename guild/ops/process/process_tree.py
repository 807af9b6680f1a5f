"""The processes of a run: its script, what that started, and what those started."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping

from guild.base import processes
from guild.run import Run


def find_processes(run: Run, root: int | None = None) -> frozenset[int]:
    """The living processes of `run`: `root` and what descends from it, what shares its
    session or process group, and what has the run's id in its environment.

    The last finds the processes whose parents have gone (a daemon), unless they
    were started with an environment of their own. Never this process or those
    it descends from.
    """
    table = processes.read_process_table()
    found = {pid for pid, one in table.items() if root in (pid, one.session, one.group)}
    found |= {pid for pid in table if _was_started_by(run, pid)}
    found -= _line(os.getpid(), table)
    while True:
        more = {pid for pid, one in table.items() if one.parent in found} - found
        more -= {os.getpid()}
        if not more:
            return frozenset(found)
        found |= more


def select_other_runs(run: Run, pids: frozenset[int]) -> frozenset[int]:
    """Those of `pids` that are processes of another run, which has a Guild of its own among
    them: a step of `run`, or one that its script started."""
    return frozenset(pid for pid in pids if _is_of_another(run, processes.read_environment(pid)))


def _is_of_another(run: Run, environ: Mapping[str, str]) -> bool:
    folder = environ.get("RUN_DIR", "")
    return (
        environ.get("RUN_ID", run.id) != run.id
        and os.path.isabs(folder)
        and os.path.isdir(os.path.join(folder, ".guild"))
    )


def send_signal(number: signal.Signals, pids: frozenset[int]) -> None:
    """Send the signal `number` to each of `pids`; one that has gone is no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _was_started_by(run: Run, pid: int) -> bool:
    environ = processes.read_environment(pid)
    if environ.get("RUN_ID") != run.id:
        return False
    folder = environ.get("RUN_DIR", run.path)  # a copy of the run has the same id
    return os.path.realpath(folder) == os.path.realpath(run.path)


def process_group(pid: int) -> int:
    """The process group of `pid`; 0 if it has gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _line(pid: int, table: dict[int, processes.Process]) -> set[int]:
    """`pid` and the processes it descends from."""
    line: set[int] = set()
    while pid in table and pid not in line:
        line.add(pid)
        pid = table[pid].parent
    return line
