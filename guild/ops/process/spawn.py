"""The start of an operation's process: fork, file descriptors, exec."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from guild.base.named_tuple import NamedTuple
from guild.ops.process.signals import HANDLED

# The exit codes with which a shell reports these errors.
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
    """Start `argv` in the directory `cwd` and return its process id.

    The program is looked up on the PATH of `environ`. `join` is called in the child to
    move it to its session or process group. The child inherits no file descriptors except
    `stdio`, and default signal handlers except for ignored signals (nohup).

    Raises OSError if the program or the directory is missing or cannot be used.
    """
    # subprocess cannot assign a controlling terminal, and is slow to import.
    report, report_end = os.pipe()
    # Our signal handlers must not run in the child.
    old_mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _exec_child(argv, environ, cwd, stdio, join, old_mask, report_end)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old_mask)
    os.close(report_end)
    with open(report, "rb") as file:
        code = file.read()
    if code:
        os.waitpid(pid, 0)
        raise OSError(int(code), os.strerror(int(code)), argv[0])
    return pid


def _exec_child(
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    stdio: Stdio,
    join: Callable[[], None],
    mask: set[int] | set[signal.Signals],
    report_end: int,
) -> NoReturn:
    reason = errno.EINVAL  # for other exceptions: an argument contains NUL
    try:
        join()
        os.chdir(cwd)
        # First move them above 2, so that they cannot overwrite each other.
        above = [_dup_above_stdio(fd) for fd in stdio]
        for target, fd in enumerate(above):
            os.dup2(fd, target, inheritable=True)
        # Python ignores SIGPIPE, but `yes | head` in a shell operation needs it.
        for number in (signal.SIGPIPE, *HANDLED):
            if number == signal.SIGPIPE or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set(mask) - set(HANDLED))
        os.execvpe(argv[0], list(argv), environ)  # noqa: S606  # the run's command
    except OSError as error:
        reason = error.errno or reason
    finally:
        os.write(report_end, str(reason).encode())
        os._exit(NOT_FOUND)


def _dup_above_stdio(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
