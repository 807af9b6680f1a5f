"""A sink that writes the scalars in a run's output to an event file."""

from __future__ import annotations

import os
from typing import Any

from guild.scalars.event_file import EventFileWriter
from guild.scalars.output_scalars import OutputScalarParser


class OutputScalarsSink:
    """A sink for output that keeps an event file in `folder` up to date.

    The first scalar creates the file. `spec` is the operation's `output-scalars`; raises
    GuildError if it is invalid. Larger chunks of lines are faster per line.

    Attributes:
        error: the first write error, such as a full disk, after which writing stops.
    """

    def __init__(self, folder: str | os.PathLike[str], spec: Any = None) -> None:
        self.error: OSError | None = None
        self._parser = OutputScalarParser(spec)
        self._writer = EventFileWriter(folder)

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Write the scalars of whole lines, received at `time_ms` (milliseconds since the epoch).

        The lines include their newlines. The scalars are in the file on return.
        """
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
