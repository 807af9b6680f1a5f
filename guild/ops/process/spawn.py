"""Starting the process of an operation."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn

from guild.ops.process.signals import HANDLED

# As a shell reports a command that is not there, and one that cannot be run.
NOT_FOUND, NOT_EXECUTABLE = 127, 126


class Stdio(NamedTuple):
    """The file descriptors that become the child's 0, 1 and 2."""

    stdin: int
    stdout: int
    stderr: int


def spawn_process(
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    stdio: Stdio,
    join: Callable[[], None],
) -> int:
    """Start `argv`, looked up on the PATH of `environ`, in `cwd`; its process id.

    `join` is called in the child and puts it where it belongs: a session, a process
    group. The child has no other of our file descriptors and the default signal
    handling, except for what is ignored in this process (nohup).

    Raises OSError where the program or the folder is missing or cannot be used.
    """
    # subprocess has neither a way to give the child a terminal nor an import time
    # that a trivial run would not notice.
    report, fail = os.pipe()
    # No signal may reach our handlers in the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _become(argv, environ, cwd, stdio, join, before, fail)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(fail)
    with open(report, "rb") as file:
        number = file.read()
    if number:
        os.waitpid(pid, 0)
        raise OSError(int(number), os.strerror(int(number)), argv[0])
    return pid


def _become(
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    stdio: Stdio,
    join: Callable[[], None],
    mask: set[int] | set[signal.Signals],
    fail: int,
) -> NoReturn:
    reason = errno.EINVAL  # of what is no OSError: a word with a NUL in it
    try:
        join()
        os.chdir(cwd)
        # First out of the way of each other, then to their places.
        above = [_dup_above_stdio(fd) for fd in stdio]
        for place, fd in enumerate(above):
            os.dup2(fd, place, inheritable=True)
        # Python ignores SIGPIPE for itself; `yes | head` in a shell operation needs it.
        for number in (signal.SIGPIPE, *HANDLED):
            if number == signal.SIGPIPE or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set(mask) - set(HANDLED))
        os.execvpe(argv[0], list(argv), environ)  # noqa: S606  # what the run is for
    except OSError as error:
        reason = error.errno or reason
    finally:
        os.write(fail, str(reason).encode())
        os._exit(NOT_FOUND)


def _dup_above_stdio(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
