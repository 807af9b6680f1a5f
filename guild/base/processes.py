"""What the operating system says of processes."""

from __future__ import annotations

import fcntl
import os
from typing import NamedTuple


def is_alive(pid: int) -> bool:
    """Whether the process `pid` exists and is not a zombie that waits to be reaped."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    except OverflowError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[:1] == [b"Z"]
    except OSError:  # no /proc on this system, or the process has just gone
        return False


def started_after(pid: int, time: float) -> bool:
    """Whether the process `pid` began clearly after `time`, in seconds since the epoch:
    then it is not the one that wrote its process id to a file at that time. False
    where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/stat", "rb") as file:
            boot = next(int(line.split()[1]) for line in file if line.startswith(b"btime "))
    except (OSError, StopIteration):
        return False
    return boot + ticks / os.sysconf("SC_CLK_TCK") > time + _CLOCK_SLACK


_CLOCK_SLACK = 2.0  # boot time is known to the second


def holds_lock(pid: int, lock_file: str) -> bool:
    """Whether the process `pid` is the one that wrote its id to `lock_file`, and lives.

    After a restart of the machine another process may have that number.
    """
    if not is_alive(pid):
        return False
    try:
        fd = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        if not started_after(pid, os.fstat(fd).st_mtime):
            return True
        # It began later, or the clock was set since: then the lock itself tells.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(fd)


class Process(NamedTuple):
    """Where a process stands."""

    parent: int
    group: int
    session: int


def read_process_table() -> dict[int, Process]:
    """The living processes of this system by process id, those waiting to be reaped left out."""
    if not os.path.exists("/proc/self/stat"):
        return _process_table_without_proc()
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent, group, session, *_ = file.read().rpartition(b")")[2].split()
            except OSError:  # it has just gone
                continue
            if state not in (b"Z", b"X"):
                table[int(name)] = Process(int(parent), int(group), int(session))
    return table


def _process_table_without_proc() -> dict[int, Process]:
    import psutil

    table = {}
    for process in psutil.process_iter(["ppid", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE:
            try:
                group, session = os.getpgid(process.pid), os.getsid(process.pid)
            except OSError:  # it has just gone, or is not ours to ask about
                group = session = 0
            table[process.pid] = Process(process.info["ppid"] or 0, group, session)
    return table


def read_environment(pid: int) -> dict[str, str]:
    """The environment the process `pid` was started with; empty where we may not see it."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            text = os.fsdecode(file.read())
    except FileNotFoundError:
        return {} if os.path.exists("/proc/self/stat") else _environment_without_proc(pid)
    except OSError:
        return {}
    return dict(item.split("=", 1) for item in text.split("\0") if "=" in item)


def _environment_without_proc(pid: int) -> dict[str, str]:
    import psutil

    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return {}
