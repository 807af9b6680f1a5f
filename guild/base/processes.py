"""Processes of the operating system."""

from __future__ import annotations

import fcntl
import os

from guild.base.named_tuple import NamedTuple


def is_alive(pid: int) -> bool:
    """Return whether the process `pid` exists and is not a zombie."""
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
    except OSError:  # no /proc on this system, or the process has just ended
        return False


def started_after(pid: int, time: float) -> bool:
    """Return whether the process `pid` started clearly after `time` (seconds since the epoch).

    Such a process is not the one that wrote its id to a file at `time`. False if unknown.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/stat", "rb") as file:
            boot = next(int(line.split()[1]) for line in file if line.startswith(b"btime "))
    except (OSError, StopIteration):
        return False
    return boot + ticks / os.sysconf("SC_CLK_TCK") > time + _CLOCK_SLACK


_CLOCK_SLACK = 2.0  # seconds; the boot time is recorded in whole seconds


def holds_lock(pid: int, lock_file: str) -> bool:
    """Return whether the process `pid`, which wrote its id to `lock_file`, is still running.

    After a reboot, another process may have the same id.
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
        # It started later, or the clock was set since. The lock itself decides.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(fd)


class Process(NamedTuple):
    """The parent, process group and session of a process."""

    parent: int
    group: int
    session: int


def read_process_table() -> dict[int, Process]:
    """Return the running processes of this system by process id, without zombies."""
    if not os.path.exists("/proc/self/stat"):
        return _process_table_without_proc()
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent, group, session, *_ = file.read().rpartition(b")")[2].split()
            except OSError:  # the process has just ended
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
            except OSError:  # it has just ended or is not accessible
                group = session = 0
            table[process.pid] = Process(process.info["ppid"] or 0, group, session)
    return table


def read_environment(pid: int) -> dict[str, str]:
    """Return the environment that `pid` was started with; empty if it is not accessible."""
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
