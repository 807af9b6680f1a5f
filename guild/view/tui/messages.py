"""Log messages while a full-screen application uses the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Handler(logging.Handler):
    def __init__(self, on_message: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._on_message = on_message

    def emit(self, record: logging.LogRecord) -> None:
        self._on_message(record.getMessage())


@contextmanager
def redirect_messages(on_message: Callable[[str], None]) -> Iterator[None]:
    """Within the block, pass log messages to `on_message` instead of printing them.

    `on_message` is called in the thread that logs the message.
    """
    logger = logging.getLogger("guild")
    before, propagate = logger.handlers[:], logger.propagate
    logger.handlers[:] = [_Handler(on_message)]
    logger.propagate = False
    try:
        yield
    finally:
        logger.handlers[:] = before
        logger.propagate = propagate
