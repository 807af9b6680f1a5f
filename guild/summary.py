"""A writer of TensorBoard event files for any script, without TensorBoard.

    from guild.summary import SummaryWriter

    with SummaryWriter(".") as writer:
        writer.add_scalar("loss", 0.1, step=1)

It loads nothing else of Guild.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from guild.scalars.event_file import EventFileWriter
from guild.scalars.events import summary_event

_INT64 = range(-(1 << 63), 1 << 63)


class SummaryWriter:
    """A writer of one event file in `logdir`, created by the first value.

    Threads may share it, and it is a context manager. Each value is in the file when the method
    returns, so TensorBoard can follow it and a crash of the script loses nothing.

    Methods raise ValueError if a value or step cannot be represented, and OSError if the file
    cannot be written.
    """

    def __init__(self, logdir: str | os.PathLike[str]) -> None:
        self.logdir = os.fspath(logdir)
        self._writer = EventFileWriter(self.logdir)
        self._lock = threading.Lock()

    def add_scalar(self, tag: str, value: Any, step: int | None = None) -> None:
        """Add a scalar: any value that `float` accepts, stored as a float32.

        `step` is the global step (default: 0).
        """
        number, step = float(value), _step(step)
        with self._lock:
            self._writer.add_scalar(tag, number, step, time.time())
            self._writer.flush()

    def add_text(self, tag: str, text: str, step: int | None = None) -> None:
        """Add a string, which TensorBoard renders as Markdown."""
        from guild.scalars.summaries import text_value

        self._add_value(text_value(tag, text), _step(step))

    def add_image(self, tag: str, image: Any, step: int | None = None) -> None:
        """Add an image: an array, an encoded file as bytes, or the path of a file.

        Arrays are height × width (× channels), with integers from 0 to 255 or floats from 0
        to 1. Files are PNG, JPEG or GIF.
        """
        from guild.scalars.images import encode_image
        from guild.scalars.summaries import image_value

        self._add_value(image_value(tag, *encode_image(image)), _step(step))

    def add_hparams(
        self, hparams: Mapping[str, Any], metrics: Mapping[str, Any] | None = None
    ) -> None:
        """Add hyperparameters, and metrics as scalars of step 0, for TensorBoard's HParams view.

        Values other than numbers, booleans and strings are converted with `str`.
        """
        from guild.scalars.summaries import STATUS_SUCCESS, hparams_end_value, hparams_values

        now = time.time()
        values = {str(name): _hparam(value) for name, value in hparams.items()}
        for value in hparams_values(values, metrics or (), now):
            self._add_value(value, 0)
        for tag, metric in (metrics or {}).items():
            self.add_scalar(tag, metric, 0)
        self._add_value(hparams_end_value(STATUS_SUCCESS, now), 0)

    def flush(self) -> None:
        """Flush the file. Values are written at once, so this is for code that expects it."""
        with self._lock:
            self._writer.flush()

    def close(self) -> None:
        """Close the file. Values added later start another file."""
        with self._lock:
            self._writer.close()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _add_value(self, value: bytes, step: int) -> None:
        with self._lock:
            self._writer.add_event(summary_event(time.time(), step, value))
            self._writer.flush()


def _step(step: int | None) -> int:
    number = 0 if step is None else int(step)
    if number not in _INT64:
        raise ValueError(f"step: expected a 64-bit integer but got {number}")
    return number


def _hparam(value: Any) -> bool | float | str | None:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return _hparam(value.item()) if getattr(value, "ndim", None) == 0 else str(value)
