"""Guild's messages while a screen is in the way of the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Handler(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def redirect_messages(tell: Callable[[str], None]) -> Iterator[None]:
    """Within the block, call `tell` with each message instead of printing it.

    It is called in the thread that the message comes from.
    """
    logger = logging.getLogger("guild")
    before, propagate = logger.handlers[:], logger.propagate
    logger.handlers[:] = [_Handler(tell)]
    logger.propagate = False
    try:
        yield
    finally:
        logger.handlers[:] = before
        logger.propagate = propagate
