"""The output of a run: its record in the run directory, its sinks and its relay."""

from __future__ import annotations

import errno
import os
import select
import stat
import struct
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from guild.base.files import write_all
from guild.run import Run

STDOUT, STDERR = 0, 1

# In bytes. Longer lines are useless to a sink and would have to be held in memory.
MAX_SINK_LINE = 1 << 20


class OutputSink(Protocol):
    """A reader of a run's output, such as the scalar parser."""

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Process the lines of `stream` that were completed at `time_ms`.

        Args:
            data: whole lines, each with its newline. Lines of the two streams are never
                mixed, even if the script interleaves them. Only a part of a line longer
                than 1 MB is included.
            stream: 0 for stdout, 1 for stderr.
            time_ms: milliseconds since the epoch.

        Must not raise OSError: unusable output is not a reason to end a script.
        """

    def close(self) -> None:
        """Finish after the last line."""


class OutputRecord:
    """Writes a run's `.guild/output` and, if `indexed`, `.guild/output.index`.

    `output` contains the bytes of both streams in the order in which they arrived. The
    index has 9 bytes per line, big-endian: 8 for the time at which the line ended, in
    milliseconds since the epoch, and 1 for the stream that ended it (0 stdout, 1 stderr).

    Attributes:
        error: the first write error, such as a full disk. The run continues, but nothing
            more is recorded.
    """

    def __init__(self, run: Run, sinks: Sequence[OutputSink] = (), *, indexed: bool = True) -> None:
        """Create empty files. Raises OSError."""
        self.error: OSError | None = None
        self._open_line: int | None = None  # the stream of the last line, if it has not ended
        self._lines = [_Lines(sinks, STDOUT), _Lines(sinks, STDERR)] if sinks else []
        self._sinks = sinks
        self._output = os.open(run.guild_path("output"), _NEW_FILE, 0o666)
        self._index: int | None = None
        try:
            if indexed:
                self._index = os.open(run.guild_path("output.index"), _NEW_FILE, 0o666)
        except OSError:
            os.close(self._output)
            raise

    def write(self, data: bytes, stream: int) -> None:
        """Record `data` from `stream`. Stores a write error in `error` instead of raising it."""
        now = time.time_ns() // 1_000_000
        lines = data.count(b"\n")
        if self.error is None:
            try:
                write_all(self._output, data)
                if lines and self._index is not None:
                    write_all(self._index, _INDEX.pack(now, stream) * lines)
            except OSError as error:
                self.error = error
        self._open_line = None if data.endswith(b"\n") else stream
        if self._lines:
            self._lines[stream].add(data, now)

    def close(self) -> None:
        """End an incomplete last line and close the sinks."""
        now = time.time_ns() // 1_000_000
        try:
            if self._index is not None and self._open_line is not None and self.error is None:
                write_all(self._index, _INDEX.pack(now, self._open_line))
        except OSError as error:
            self.error = error
        finally:
            os.close(self._output)
            if self._index is not None:
                os.close(self._index)
        for lines in self._lines:
            lines.end(now)
        for sink in self._sinks:
            sink.close()


_INDEX = struct.Struct(">QB")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


class _Lines:
    """Assembles the chunks of one stream into whole lines for the sinks."""

    def __init__(self, sinks: Sequence[OutputSink], stream: int) -> None:
        self._sinks = sinks
        self._stream = stream
        self._incomplete: list[bytes] = []  # chunks of the line that has not ended
        self._size = 0

    def add(self, data: bytes, now: int) -> None:
        end = data.rfind(b"\n") + 1
        if end:
            self._send(data[:end], now)
        part = data[end : end + MAX_SINK_LINE - self._size]
        if part:
            self._incomplete.append(part)
            self._size += len(part)

    def end(self, now: int) -> None:
        if self._size:
            self._send(b"\n", now)

    def _send(self, last: bytes, now: int) -> None:
        lines = b"".join((*self._incomplete, last))
        self._incomplete, self._size = [], 0
        for sink in self._sinks:
            sink.lines(lines, self._stream, now)


class OutputRelay:
    """Passes output on to our file descriptor `fd` until its reader has closed it.

    If the reader exits early (`guild run train | head -1`), the run continues and its
    output is still recorded completely.

    Attributes:
        error: the write error, unless the reader or the terminal was closed.
    """

    def __init__(self, fd: int, wait_writable: Callable[[int], bool]) -> None:
        """`wait_writable` waits until a descriptor is writable, or returns False to give up."""
        self.error: OSError | None = None
        self._fd: int | None = fd
        self._wait_writable = wait_writable
        # Files never block. For others, select(2) guarantees room for PIPE_BUF bytes.
        self._can_block = not stat.S_ISREG(os.fstat(fd).st_mode)

    def write(self, data: bytes) -> None:
        if self._fd is None:
            return
        try:
            if not self._can_block:
                write_all(self._fd, data)
                return
            view = memoryview(data)
            while view:
                if not self._wait_writable(self._fd):
                    self._fd = None
                    return
                try:
                    view = view[os.write(self._fd, view[: select.PIPE_BUF]) :]
                except BlockingIOError:  # another writer was faster
                    continue
        except OSError as error:
            self._fd = None
            if error.errno not in (errno.EPIPE, errno.EIO):
                self.error = error
