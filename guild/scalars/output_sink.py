"""Writes the scalars in a run's output to an event file while the run goes."""

from __future__ import annotations

import os
from typing import Any

from guild.scalars.event_file import EventFileWriter
from guild.scalars.output_scalars import OutputScalarParser


class OutputScalarsSink:
    """Takes output as it comes and keeps an event file in `folder` up to date.

    The file is made by the first scalar. `spec` is the operation's `output-scalars`;
    raises GuildError where that is wrong. The more lines at a time, the less they cost.

    Attributes:
        error: the first failure to write (a full disk), after which nothing more is
            written.
    """

    def __init__(self, folder: str | os.PathLike[str], spec: Any = None) -> None:
        self.error: OSError | None = None
        self._parser = OutputScalarParser(spec)
        self._writer = EventFileWriter(folder)

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Take whole lines, with their newlines, that came at `time_ms`, in milliseconds
        since the epoch. Their scalars are in the file on return."""
        if self.error is not None:
            return
        try:
            for tag, (steps, values) in self._parser.feed_chunk(data).items():
                self._writer.add_many(tag, steps, values, time_ms / 1000)
            self._writer.flush()
        except OSError as error:
            self.error = error

    def close(self) -> None:
        """Close the file."""
        try:
            self._writer.close()
        except OSError as error:
            self.error = self.error or error
