"""The claim of a run: `.guild/CLAIM`, written by the process that runs it.

Lock files name a process id, which means nothing on another machine. The claim
adds the host. Its modification time is the heartbeat: the process updates it every
`HEARTBEAT_INTERVAL` seconds. On the same host a claim is valid while the process lives. Elsewhere
it is valid until no heartbeat has come for `STALE_AFTER` seconds.
"""

from __future__ import annotations

import contextlib
import os
import time

from guild.base import files, processes
from guild.base.named_tuple import NamedTuple
from guild.run import Run

HEARTBEAT_INTERVAL = 10.0
STALE_AFTER = 120.0  # tolerates a slow file system and clocks that differ by a minute


class Claim(NamedTuple):
    """The content of a claim file.

    Attributes:
        host: the name of the machine.
        pid: the process id on that machine.
        heartbeat: the time of the last heartbeat, in seconds since the epoch.
    """

    host: str
    pid: int
    heartbeat: float

    @property
    def is_local(self) -> bool:
        """True if this machine holds the claim."""
        return self.host == local_host()

    @property
    def is_fresh(self) -> bool:
        """True if the last heartbeat is recent."""
        return time.time() - self.heartbeat < STALE_AFTER


def local_host() -> str:
    """Return the name of this machine."""
    return os.uname().nodename


def read_claim(run: Run) -> Claim | None:
    """Return the claim of `run`, or None if it has none or the file is damaged."""
    path = run.guild_path("CLAIM")
    try:
        text = files.read_regular_text(path)
        heartbeat = os.stat(path).st_mtime
        fields = dict(line.split(": ", 1) for line in (text or "").splitlines())
        return Claim(fields["host"], int(fields["pid"]), heartbeat)
    except (OSError, KeyError, ValueError):
        return None


def write_claim(run: Run) -> None:
    """Claim `run` for this process, which holds its lock. Raises OSError."""
    content = f"host: {local_host()}\npid: {os.getpid()}\n"
    fd = os.open(run.guild_path("CLAIM"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC)
    try:
        os.write(fd, os.fsencode(content))
    finally:
        os.close(fd)


def update_heartbeat(run: Run) -> None:
    """Record that the process that claimed `run` is alive."""
    with contextlib.suppress(OSError):  # the run was deleted, or the disk is read-only now
        os.utime(run.guild_path("CLAIM"))


def delete_claim(run: Run) -> None:
    """Delete the claim of `run`."""
    with contextlib.suppress(OSError):
        os.unlink(run.guild_path("CLAIM"))


def is_claimed(run: Run) -> bool:
    """Return whether a process runs `run`, on this machine or on another one."""
    claim = read_claim(run)
    if claim is not None and not claim.is_local:
        return claim.is_fresh
    pid = run.lock_pid
    return pid is not None and processes.holds_lock(pid, run.guild_path("LOCK"))
