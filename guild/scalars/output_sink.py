"""Writes the scalars in a run's output to an event file while the run goes."""

from __future__ import annotations

import os
from typing import Any

from guild.scalars.event_file import EventFileWriter
from guild.scalars.output_scalars import OutputScalarParser

# What comes without a line end is kept this far, in bytes; then the line is ignored.
_LONGEST_PARTIAL = 1 << 16


class OutputScalarsSink:
    """Takes output as it comes and keeps an event file in `folder` up to date.

    The file is made by the first scalar. `spec` is the operation's `output-scalars`;
    raises GuildError where that is wrong. Larger chunks cost far less a line.
    """

    def __init__(self, folder: str | os.PathLike[str], spec: Any = None) -> None:
        self._parser = OutputScalarParser(spec)
        self._writer = EventFileWriter(folder)
        self._partial: dict[int, bytes] = {}
        self._last_ms = 0

    def chunk(self, data: bytes, stream: int, time_ms: int) -> None:
        """Take bytes of `stream` that came at `time_ms`, in milliseconds since the epoch.

        They may begin and end within a line. Scalars are in the file on return.
        """
        self._last_ms = time_ms
        end = data.rfind(b"\n") + 1
        if not end:
            self._partial[stream] = (self._partial.get(stream, b"") + data)[:_LONGEST_PARTIAL]
            return
        lines = self._partial.pop(stream, b"") + data[:end]
        if end < len(data):
            self._partial[stream] = data[end:][:_LONGEST_PARTIAL]
        self._write(lines)

    def close(self) -> None:
        """Take last lines without an end, and close the file. Raises OSError."""
        try:
            for partial in self._partial.values():
                self._write(partial + b"\n")
        finally:
            self._partial.clear()
            self._writer.close()

    def _write(self, lines: bytes) -> None:
        for tag, (steps, values) in self._parser.feed_chunk(lines).items():
            self._writer.add_many(tag, steps, values, self._last_ms / 1000)
        self._writer.flush()
