"""The lock of a running run: `.guild/LOCK` with the process id of its starter."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from types import TracebackType

from guild.base import processes
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs.claim import delete_claim, read_claim, write_claim

# The file system does not support locks; the process id alone protects the run.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


class AlreadyRunningError(GuildError):
    """Another process holds the lock."""


class RunLock:
    """The lock of `run`, held by the process that enters the `with` block.

    The file contains the process id, which readers of a run directory check. Beside it,
    `.guild/CLAIM` records the machine and a heartbeat (see `guild.runs.claim`). The lock is also
    locked with flock(2), which the system releases when the holder dies. Two starters
    therefore never both take over a stale lock. A process id that the system has since
    reused does not block a start either.

    Raises AlreadyRunningError if the run is already running, and GuildError if its
    directory is missing or cannot be written.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._path = run.guild_path("LOCK")
        self._fd = -1

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock. Raises the same errors as the `with` block."""
        try:
            self._fd = self._open_locked()
            self._write_pid()
            write_claim(self._run)
        except OSError as error:
            if self._fd >= 0:  # locked, but writing the process id failed
                self.release()
            raise GuildError(
                f"cannot start run {self._run.short_id}: {error.strerror} ({self._path})"
            ) from None

    def release(self) -> None:
        """Delete the lock file and release the lock."""
        delete_claim(self._run)
        # Delete before closing, so that no starter locks a file that is about to disappear.
        with contextlib.suppress(OSError):  # the run was deleted, or the disk is read-only now
            os.unlink(self._path)
        os.close(self._fd)
        self._fd = -1

    def _write_pid(self) -> None:
        # A single write that covers the old content, so readers never see a mix of both.
        text = f"{os.getpid()}\n".encode()
        os.pwrite(self._fd, text.ljust(os.fstat(self._fd).st_size), 0)

    def _open_locked(self) -> int:
        while True:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                has_flock = self._try_flock(fd)
                if not self._is_current(fd):
                    os.close(fd)
                    continue
                self._check_holder(fd, has_flock)
            except BaseException:
                os.close(fd)
                raise
            return fd

    def _try_flock(self, fd: int) -> bool:
        """Lock the open file `fd`. Return False if the file system does not support locks."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._already_running(self._run.lock_pid) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return False
        return True

    def _is_current(self, fd: int) -> bool:
        """Check that the last holder has not deleted the open file in the meantime."""
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self._path))
        except FileNotFoundError:
            return False

    def _check_holder(self, fd: int, has_flock: bool) -> None:
        """Reject a lock file written by a live process that does not use flock.

        That is Guild AI 0.9, Guild on a file system without locks, or on another machine.
        """
        claim = read_claim(self._run)
        if claim is not None and not claim.is_local:
            if claim.is_fresh:
                raise self._already_running(claim.pid, claim.host)
            return
        pid = self._run.lock_pid
        if pid is None or pid == os.getpid() or not processes.is_alive(pid):
            return
        if has_flock and processes.started_after(pid, os.fstat(fd).st_mtime):
            return
        raise self._already_running(pid)

    def _already_running(self, pid: int | None, host: str | None = None) -> AlreadyRunningError:
        on_host = f" on {host}" if host else ""
        by = f" (process {pid}{on_host})" if pid else ""
        return AlreadyRunningError(
            f"run {self._run.short_id} is already running{by}; "
            f"stop it first with 'guild stop {self._run.short_id}'"
        )
