"""A sink that writes the scalars in a run's output to an event file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guild.scalars.output_scalars import OutputScalarParser, Series

if TYPE_CHECKING:
    from guild.scalars.event_file import EventFileWriter


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
        self._folder = folder
        self._writer: EventFileWriter | None = None

    def lines(self, data: bytes, stream: int, time_ms: int) -> None:
        """Write the scalars of whole lines, received at `time_ms` (milliseconds since the epoch).

        The lines include their newlines. The scalars are in the file on return.
        """
        if self.error is not None:
            return
        try:
            by_tag = self._parser.feed_chunk(data)
            if by_tag:
                self._write(by_tag, time_ms / 1000)
        except OSError as error:
            self.error = error

    def close(self) -> None:
        """Close the file."""
        try:
            if self._writer is not None:
                self._writer.close()
        except OSError as error:
            self.error = self.error or error

    def _write(self, by_tag: Mapping[str, Series], wall_time: float) -> None:
        if self._writer is None:  # many runs have no scalars and do not load their format
            from guild.scalars.event_file import EventFileWriter

            self._writer = EventFileWriter(self._folder)
        for tag, (steps, values) in by_tag.items():
            self._writer.add_many(tag, steps, values, wall_time)
        self._writer.flush()
