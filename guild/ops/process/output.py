"""What a run prints: kept in the run directory, passed on, and told line by line."""

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

# Longer lines are of no use to a sink, and would have to be held in memory.
MAX_SINK_LINE = 1 << 20


class OutputSink(Protocol):
    """One that reads what a run prints, such as the parser of scalars."""

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Take whole lines of `stream` (0 stdout, 1 stderr), each with its newline, as
        many as were complete at `time_ms` (milliseconds since the epoch).

        Lines of the two streams are told apart even where they were printed in the
        middle of each other. Of a line above 1 MB only a part is told. Must not raise
        OSError: a script does not end because what it prints cannot be used.
        """

    def close(self) -> None:
        """There will be no more lines."""


class OutputRecord:
    """Writes a run's `.guild/output` and, if it is `indexed`, `.guild/output.index`.

    `output` holds the bytes of both streams in the order they came. The index has 9
    bytes for every line of it, big-endian: 8 of milliseconds since the epoch, when the
    line ended, and 1 of the stream that ended it (0 stdout, 1 stderr).

    Attributes:
        error: the first failure to write (a full disk), after which nothing more is
            written; the run goes on without.
    """

    def __init__(self, run: Run, sinks: Sequence[OutputSink] = (), *, indexed: bool = True) -> None:
        """Begin new files. Raises OSError."""
        self.error: OSError | None = None
        self._open_line: int | None = None  # the stream that the last line is of
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
        """Record `data` as it came from `stream`; never raises OSError, see `error`."""
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
        """End the last line, if it has no newline, and the sinks."""
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
    """Puts the chunks of one stream together to whole lines for the sinks."""

    def __init__(self, sinks: Sequence[OutputSink], stream: int) -> None:
        self._sinks = sinks
        self._stream = stream
        self._begun: list[bytes] = []  # of the line that is not complete
        self._size = 0

    def add(self, data: bytes, now: int) -> None:
        end = data.rfind(b"\n") + 1
        if end:
            self._tell(data[:end], now)
        part = data[end : end + MAX_SINK_LINE - self._size]
        if part:
            self._begun.append(part)
            self._size += len(part)

    def end(self, now: int) -> None:
        if self._size:
            self._tell(b"\n", now)

    def _tell(self, rest: bytes, now: int) -> None:
        lines = b"".join((*self._begun, rest))
        self._begun, self._size = [], 0
        for sink in self._sinks:
            sink.lines(lines, self._stream, now)


class OutputRelay:
    """Passes output on to the file descriptor `fd` of ours until its reader is gone.

    A reader that has gone (`guild run train | head -1`) ends the passing on, not the
    run: what the script prints is still recorded to its end.

    Attributes:
        error: why passing on failed, other than for a reader or terminal that has gone.
    """

    def __init__(self, fd: int, writable: Callable[[int], bool]) -> None:
        """`writable` waits until a descriptor can be written, or says False to give up."""
        self.error: OSError | None = None
        self._fd: int | None = fd
        self._writable = writable
        # A file never makes us wait; of the rest select(2) promises PIPE_BUF bytes.
        self._waits = not stat.S_ISREG(os.fstat(fd).st_mode)

    def write(self, data: bytes) -> None:
        if self._fd is None:
            return
        try:
            if not self._waits:
                write_all(self._fd, data)
                return
            view = memoryview(data)
            while view:
                if not self._writable(self._fd):
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
