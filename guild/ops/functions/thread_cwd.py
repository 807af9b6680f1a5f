"""A working directory for one thread.

A process has one working directory, and a function that runs in a run directory changes
it. Linux lets a thread have one of its own: so functions that run in several threads
have theirs, and the process's is left to the main thread. Where that is not possible,
the first of several threads that run at a time has the process's.
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
_PROCESS_CWD = "/proc/self/cwd"  # the one of the main thread, whichever asks

_own = threading.local()


@contextlib.contextmanager
def working_directory(path: str) -> Iterator[None]:
    """Be in the directory `path` within the block. Raises OSError.

    A thread that is not the main one keeps its working directory to itself from then on, and
    is where the process is at the end of the outermost block.
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
    # By descriptor: the way back is found even if the directory was renamed or deleted.
    back = os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chdir(path)
        try:
            yield
        finally:
            os.fchdir(back)
    finally:
        os.close(back)


# -- A directory of the thread's own


def _has_own() -> bool:
    if not hasattr(_own, "depth"):
        if not _separate():
            return False
        _own.depth = 0
    return threading.get_native_id() != os.getpid()


def _separate() -> bool:
    """Give this thread a working directory of its own. False for the main thread, and where
    the system cannot or must not do it."""
    if not sys.platform.startswith("linux") or threading.get_native_id() == os.getpid():
        return False
    return bool(ctypes.CDLL(None).unshare(_CLONE_FS) == 0)


# -- The process's directory

_holders: list[int] = []
_holding = threading.Lock()


@contextlib.contextmanager
def _shared(path: str) -> Iterator[None]:
    me = threading.get_ident()
    with _holding:
        mine = all(holder == me for holder in _holders)
        if mine:
            _holders.append(me)
    if not mine:
        log.warning(
            "the working directory is that of a run in another thread, since threads cannot "
            f"have their own on this system: {path} is not the working directory of its run"
        )
        yield
        return
    try:
        with _changed(path):
            yield
    finally:
        with _holding:
            _holders.remove(me)
