"""Working directories of threads.

Functions run in their run directories, but a process has only one working directory. On
Linux a thread can have its own, so functions in several threads do not interfere. The
process's working directory belongs to the main thread. On other systems, the first of
several concurrent threads uses the process's working directory.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator

from guild.base import log

_CLONE_FS = 0x200  # linux/sched.h
_PROCESS_CWD = "/proc/self/cwd"  # always the main thread's working directory

_own = threading.local()


@contextlib.contextmanager
def working_directory(path: str) -> Iterator[None]:
    """Change to the directory `path` within the block. Raises OSError.

    Threads other than the main thread get their own working directory. At the end of the
    outermost block it is set to that of the process.
    """
    if _has_own():
        with _changed(path):
            depth = _own.depth
            _own.depth += 1
            try:
                yield
            finally:
                _own.depth -= 1
        if not depth:
            with contextlib.suppress(OSError):  # the main thread has ended
                os.chdir(_PROCESS_CWD)
    else:
        with _shared(path):
            yield


@contextlib.contextmanager
def _changed(path: str) -> Iterator[None]:
    # A descriptor still works if the directory is renamed or deleted meanwhile.
    previous = os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chdir(path)
        try:
            yield
        finally:
            os.fchdir(previous)
    finally:
        os.close(previous)


# -- The thread's own directory


def _has_own() -> bool:
    if not hasattr(_own, "depth"):
        if not _separate():
            return False
        _own.depth = 0
    return threading.get_native_id() != os.getpid()


def _separate() -> bool:
    """Give this thread its own working directory.

    Return False for the main thread, or if the system does not support or permit it.
    """
    if not sys.platform.startswith("linux") or threading.get_native_id() == os.getpid():
        return False
    return bool(ctypes.CDLL(None).unshare(_CLONE_FS) == 0)


# -- The process's directory

_holders: list[int] = []
_holding = threading.Lock()


@contextlib.contextmanager
def _shared(path: str) -> Iterator[None]:
    thread = threading.get_ident()
    with _holding:
        is_holder = all(holder == thread for holder in _holders)
        if is_holder:
            _holders.append(thread)
    if not is_holder:
        log.warning(
            f"cannot change to run directory {path}: another thread has changed the working "
            "directory, which all threads share on this system"
        )
        yield
        return
    try:
        with _changed(path):
            yield
    finally:
        with _holding:
            _holders.remove(thread)
