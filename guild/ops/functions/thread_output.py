"""What one thread prints, while other threads and the notebook go on printing.

While any function runs, `sys.stdout` and `sys.stderr` are objects of ours that hand all on
to the streams that were there, and tell the recording of the code that prints, if it has
one. The streams themselves are never changed, and are put back at the end. The same is done
for the handlers of `logging` that write to them. A thread that is started meanwhile prints
for the run that has started it.
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
"""Takes what was printed, and to which stream: 0 stdout, 1 stderr."""

_STREAMS = (("stdout", STDOUT), ("stderr", STDERR))


class _Recording:
    """One run's record; several threads of the run may print at the same time."""

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


# Of the innermost run: what is printed belongs to that one alone. Code that a run hands its
# context to (asyncio.to_thread, contextvars.copy_context) prints for the run too.
_current: ContextVar[_Recording | None] = ContextVar("guild_recording", default=None)

_STARTED_BY = "_guild_recording"  # the attribute of a thread that a run has started


def _recording() -> _Recording | None:
    """That of the code that asks."""
    found = _current.get()
    if found is None:
        found = getattr(threading.current_thread(), _STARTED_BY, None)
    return found


@contextlib.contextmanager
def record_output(record: Record) -> Iterator[None]:
    """Tell `record` what the code within the block prints, as it is printed."""
    recording = _Recording(record)
    _install()
    token = _current.set(recording)
    try:
        yield
    finally:
        _current.reset(token)
        recording.close()
        _uninstall()


# -- The streams in place of sys.stdout and sys.stderr, and what else is of this process

_installed = 0
_installing = threading.Lock()
_start_thread: Callable[[threading.Thread], None] = threading.Thread.start


def _install() -> None:
    global _installed, _start_thread
    with _installing:
        _installed += 1
        for name, stream in _STREAMS:
            there = getattr(sys, name)
            if not isinstance(there, _Tee):
                tee = _TextTee(there, stream)
                setattr(sys, name, tee)
                _log_to(tee, there)
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
            there = getattr(sys, name)
            if isinstance(there, _Tee):  # else whoever replaced it looks after it
                setattr(sys, name, there.original)
                _log_to(there.original, there)
        if threading.Thread.start is _start_recorded:
            threading.Thread.start = _start_thread  # type: ignore[method-assign, assignment]


def _log_to(stream: Any, instead_of: Any) -> None:
    """Have the log handlers that write to `instead_of` write to `stream`."""
    if stream is None or instead_of is None:
        return
    for reference in list(logging._handlerList):  # type: ignore[attr-defined]  # all there are
        handler = reference()
        if isinstance(handler, logging.StreamHandler) and handler.stream is instead_of:
            with contextlib.suppress(ValueError):  # it is closed
                handler.setStream(stream)


def _start_recorded(thread: threading.Thread) -> None:
    """`threading.Thread.start` while functions run."""
    recording = _recording()
    if recording is not None:
        setattr(thread, _STARTED_BY, recording)
    _start_thread(thread)


class _Tee:
    """Is `original` in all but that what is written is recorded first."""

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
        # There is no stream at all where a program has no terminal and no files.
        return len(data) if self.original is None else self.original.write(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def _bytes(self, data: Any) -> bytes:
        return bytes(data)


class _TextTee(_Tee):
    def _bytes(self, data: Any) -> bytes:
        if not isinstance(data, str):  # the stream itself says what is wrong with it
            return b""
        try:
            return data.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return data.encode("utf-8", "backslashreplace")

    @property
    def buffer(self) -> Any:
        """The stream of bytes below, where there is one."""
        return _Tee(self.original.buffer, self._stream)
