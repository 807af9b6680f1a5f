"""A writer of TensorBoard event files."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from types import TracebackType

from guild.scalars.events import file_version_event, scalar_event, scalar_records
from guild.scalars.records import frame

_file_numbers = itertools.count()


class EventFileWriter:
    """A writer of a new file `events.out.tfevents.SECS.HOST.PID.N` in `folder`.

    The first event creates the directory and the file. Events are buffered until `flush`, or until
    they take `buffer_size` bytes.
    """

    def __init__(self, folder: str | os.PathLike[str], buffer_size: int = 1 << 16) -> None:
        self.folder = os.fspath(folder)
        self.path: str | None = None
        self._fd = -1
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._buffer_size = buffer_size

    def add_scalar(self, tag: str, value: float, step: int, wall_time: float) -> None:
        """Write one scalar."""
        self._add(frame(scalar_event(wall_time, step, tag, value)))

    def add_many(
        self, tag: str, steps: Sequence[int], values: Sequence[float], wall_time: float
    ) -> None:
        """Write many scalars of one tag, much faster than one at a time."""
        if steps:
            self._add(scalar_records(wall_time, tag, steps, values))

    def add_event(self, event: bytes) -> None:
        """Write an encoded event."""
        self._add(frame(event))

    def flush(self) -> None:
        """Pass buffered events to the operating system. Raises OSError."""
        if self._buffered:
            if self._fd < 0:
                self._open()
            data = memoryview(b"".join(self._buffer))
            self._buffer.clear()
            self._buffered = 0
            while data:
                data = data[os.write(self._fd, data) :]

    def close(self) -> None:
        """Flush and close the file. Later events start another file."""
        try:
            self.flush()
        finally:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> EventFileWriter:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _add(self, records: bytes) -> None:
        if self._fd < 0 and not self._buffered:
            self._buffer.append(frame(file_version_event(time.time())))
        self._buffer.append(records)
        self._buffered += len(records)
        if self._buffered >= self._buffer_size:
            self.flush()

    def _open(self) -> None:
        os.makedirs(self.folder, exist_ok=True)
        secs, host, pid = int(time.time()), os.uname().nodename, os.getpid()
        name = f"events.out.tfevents.{secs}.{host}.{pid}.{next(_file_numbers)}"
        self.path = os.path.join(self.folder, name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self._fd = os.open(self.path, flags, 0o666)
