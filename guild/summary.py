"""Logging to TensorBoard event files from any script, without TensorBoard.

    from guild.summary import SummaryWriter

    with SummaryWriter(".") as writer:
        writer.add_scalar("loss", 0.1, step=1)

Nothing else of Guild is loaded by it.
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
    """Writes an event file in `logdir`, made with the first thing that is added.

    It may be used by several threads, and as a context manager. What is added is in
    the file at once, for TensorBoard to follow and not to be lost when the script ends
    in whatever way. Methods raise ValueError for a value or step that cannot be
    written, and OSError for a file that cannot.
    """

    def __init__(self, logdir: str | os.PathLike[str]) -> None:
        self.logdir = os.fspath(logdir)
        self._writer = EventFileWriter(self.logdir)
        self._lock = threading.Lock()

    def add_scalar(self, tag: str, value: Any, step: int | None = None) -> None:
        """Add a number, anything that `float` takes; it is kept as a float32.

        `step` is the global step, 0 if not given.
        """
        number, step = float(value), _step(step)
        with self._lock:
            self._writer.add_scalar(tag, number, step, time.time())
            self._writer.flush()

    def add_text(self, tag: str, text: str, step: int | None = None) -> None:
        """Add a text, which TensorBoard shows as Markdown."""
        from guild.scalars.summaries import text_value

        self._add_value(text_value(tag, text), _step(step))

    def add_image(self, tag: str, image: Any, step: int | None = None) -> None:
        """Add an image: an array of height × width (× channels), of integers from 0 to
        255 or floats from 0 to 1; the bytes of a PNG, JPEG or GIF file; or its path."""
        from guild.scalars.images import encode_image
        from guild.scalars.summaries import image_value

        self._add_value(image_value(tag, *encode_image(image)), _step(step))

    def add_hparams(
        self, hparams: Mapping[str, Any], metrics: Mapping[str, Any] | None = None
    ) -> None:
        """Add the hyperparameters of this session, and metrics as scalars of step 0, for
        TensorBoard's HParams view. What is no number, truth value or text is written as
        its text."""
        from guild.scalars.summaries import STATUS_SUCCESS, hparams_end_value, hparams_values

        now = time.time()
        values = {str(name): _hparam(value) for name, value in hparams.items()}
        for value in hparams_values(values, metrics or (), now):
            self._add_value(value, 0)
        for tag, metric in (metrics or {}).items():
            self.add_scalar(tag, metric, 0)
        self._add_value(hparams_end_value(STATUS_SUCCESS, now), 0)

    def flush(self) -> None:
        """Write what was added, which was done at once: for code that expects a `flush`."""
        with self._lock:
            self._writer.flush()

    def close(self) -> None:
        """Close the file; adding more starts another one."""
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
        raise ValueError(f"step: expected a 64-bit integer, got {number}")
    return number


def _hparam(value: Any) -> bool | float | str | None:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return _hparam(value.item()) if getattr(value, "ndim", None) == 0 else str(value)
