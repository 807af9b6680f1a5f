"""One starter for a run: `.guild/LOCK`, the process id while the run runs."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from types import TracebackType

from guild.base import processes
from guild.base.errors import GuildError
from guild.run import Run

# A file system that knows no locks: then the process id alone has to do.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


class AlreadyRunningError(GuildError):
    """The lock is held by another process."""


class RunLock:
    """The lock of `run`, held within a `with` block by the process that enters it.

    The file holds the process id as text, which is what every reader of a run
    directory looks at. It is also locked with flock(2), which the system lets
    go of when the holder dies: so two starters never both take over the lock of
    a dead one, and a process id that was given to another process in the
    meantime does not keep a run from being started.

    Raises AlreadyRunningError if the run is running already, and GuildError if its
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
        """Take the lock. Raises GuildError as the class says."""
        try:
            self._fd = self._locked()
            self._write_pid()
        except OSError as error:
            if self._fd >= 0:  # it is locked, and its process id could not be written
                self.release()
            raise GuildError(
                f"cannot start run {self._run.short_id}: {error.strerror} ({self._path})"
            ) from None

    def release(self) -> None:
        """Let go of the lock."""
        # Before the file is closed: nobody may take over a file that is about to go.
        with contextlib.suppress(OSError):  # deleted with the run, or a disk turned read-only
            os.unlink(self._path)
        os.close(self._fd)
        self._fd = -1

    def hand_over(self) -> None:
        """Leave the lock to the process that was forked with it."""
        os.close(self._fd)
        self._fd = -1

    def take_over(self) -> None:
        """Hold, in a forked process, the lock that its parent took. Raises OSError."""
        self._write_pid()

    def _write_pid(self) -> None:
        # One write, no shorter than what it replaces: a reader never sees a mix of two.
        text = f"{os.getpid()}\n".encode()
        os.pwrite(self._fd, text.ljust(os.fstat(self._fd).st_size), 0)

    def _locked(self) -> int:
        while True:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                locks = self._take(fd)
                if not self._is_current(fd):
                    os.close(fd)
                    continue
                self._check_holder(fd, locks)
            except BaseException:
                os.close(fd)
                raise
            return fd

    def _take(self, fd: int) -> bool:
        """Lock the open file `fd`; False where the file system has no locks."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._running(self._run.lock_pid) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return False
        return True

    def _is_current(self, fd: int) -> bool:
        """Whether the open file is still the one at the path: its last holder deletes it."""
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self._path))
        except FileNotFoundError:
            return False

    def _check_holder(self, fd: int, locks: bool) -> None:
        """Refuse a lock written by a living process that does not use flock: Guild AI
        0.9, or Guild on a file system without locks."""
        pid = self._run.lock_pid
        if pid is None or pid == os.getpid() or not processes.is_alive(pid):
            return
        if locks and processes.started_after(pid, os.fstat(fd).st_mtime):
            return
        raise self._running(pid)

    def _running(self, pid: int | None) -> AlreadyRunningError:
        by = f" (process {pid})" if pid else ""
        return AlreadyRunningError(
            f"run {self._run.short_id} is already running{by} - "
            f"stop it first with 'guild stop {self._run.short_id}'"
        )
