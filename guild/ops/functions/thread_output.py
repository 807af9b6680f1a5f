"""The output of one thread, while other threads and the notebook print as well.

While functions run, `sys.stdout` and `sys.stderr` are replaced by objects that write to the
original streams and to the recording of the current run, if any. Handlers of `logging` that
write to the original streams are redirected as well. The originals are not modified and are
restored at the end. Threads that a run starts print to its recording.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from guild.ops.process.output import STDERR, STDOUT

Record = Callable[[bytes, int], None]
"""Records output bytes of a stream: 0 for stdout, 1 for stderr."""

_STREAMS = (("stdout", STDOUT), ("stderr", STDERR))


class _Recording:
    """The record of one run, to which several threads may print concurrently."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._closed = False

    def write(self, data: bytes, stream: int) -> None:
        with self._lock:
            if not self._closed:
                self._record(data, stream)

    def close(self) -> None:
        with self._lock:
            self._closed = True


# The recording of the innermost run. Code that inherits a run's context (asyncio.to_thread,
# contextvars.copy_context) prints to its recording, too.
_current: ContextVar[_Recording | None] = ContextVar("guild_recording", default=None)

_STARTED_BY = "_guild_recording"  # the attribute of threads that a run has started


def _recording() -> _Recording | None:
    """Return the recording of the calling code, if any."""
    recording = _current.get()
    if recording is None:
        recording = getattr(threading.current_thread(), _STARTED_BY, None)
    return recording


@contextlib.contextmanager
def record_output(record: Record) -> Iterator[None]:
    """Pass the output of the code within the block to `record` as it is printed."""
    recording = _Recording(record)
    _install()
    token = _current.set(recording)
    try:
        yield
    finally:
        _current.reset(token)
        recording.close()
        _uninstall()


# -- Replacement of sys.stdout, sys.stderr and other state of the process

_installed = 0
_installing = threading.Lock()
_start_thread: Callable[[threading.Thread], None] = threading.Thread.start


def _install() -> None:
    global _installed, _start_thread
    with _installing:
        _installed += 1
        for name, stream in _STREAMS:
            original = getattr(sys, name)
            if not isinstance(original, _Tee):
                tee = _TextTee(original, stream)
                setattr(sys, name, tee)
                _redirect_logging(original, tee)
        if threading.Thread.start is not _start_recorded:
            _start_thread = threading.Thread.start
            threading.Thread.start = _start_recorded  # type: ignore[method-assign, assignment]


def _uninstall() -> None:
    global _installed
    with _installing:
        _installed -= 1
        if _installed:
            return
        for name, _ in _STREAMS:
            tee = getattr(sys, name)
            if isinstance(tee, _Tee):  # otherwise other code has replaced it
                setattr(sys, name, tee.original)
                _redirect_logging(tee, tee.original)
        if threading.Thread.start is _start_recorded:
            threading.Thread.start = _start_thread  # type: ignore[method-assign, assignment]


def _redirect_logging(old: Any, new: Any) -> None:
    """Make log handlers that write to the stream `old` write to `new`."""
    if old is None or new is None:
        return
    for reference in list(logging._handlerList):  # type: ignore[attr-defined]  # all handlers
        handler = reference()
        if isinstance(handler, logging.StreamHandler) and handler.stream is old:
            with contextlib.suppress(ValueError):  # the stream is closed
                handler.setStream(new)


def _start_recorded(thread: threading.Thread) -> None:
    """Replace `threading.Thread.start` while functions run."""
    recording = _recording()
    if recording is not None:
        setattr(thread, _STARTED_BY, recording)
    _start_thread(thread)


class _Tee:
    """A proxy for `original` that records output before writing it."""

    def __init__(self, original: Any, stream: int) -> None:
        self.original = original
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def __iter__(self) -> Any:
        return iter(self.original)

    def write(self, data: Any) -> Any:
        recording = _recording()
        if recording is not None:
            recording.write(self._bytes(data), self._stream)
        # The stream is None in a program without terminal and files.
        return len(data) if self.original is None else self.original.write(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def _bytes(self, data: Any) -> bytes:
        return bytes(data)


class _TextTee(_Tee):
    def _bytes(self, data: Any) -> bytes:
        if not isinstance(data, str):  # the original stream reports the error
            return b""
        try:
            return data.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return data.encode("utf-8", "backslashreplace")

    @property
    def buffer(self) -> Any:
        """Return the underlying binary stream. Raises AttributeError if it does not exist."""
        return _Tee(self.original.buffer, self._stream)
