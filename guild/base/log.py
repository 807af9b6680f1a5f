"""Messages about what happens, through the standard logger `guild`.

`logging` takes longer to import than most commands need to run, so it is
imported by the first message and not before.
"""

from __future__ import annotations

_console_level: list[int] = []

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # as in `logging`


def to_console(level: int = INFO) -> None:
    """Show messages of `level` and above on stderr as `INFO: [guild] MESSAGE`.

    Without this call they go where the program that uses the library sends them.
    """
    _console_level[:] = [level]


def debug(message: str) -> None:
    """Log what only someone who looks for a fault wants to know."""
    _log(DEBUG, message)


def info(message: str) -> None:
    """Log what is going on."""
    _log(INFO, message)


def warning(message: str) -> None:
    """Log what the user should know of, though the work goes on."""
    _log(WARNING, message)


def error(message: str) -> None:
    """Log what went wrong where the work goes on, to tell all that did."""
    _log(ERROR, message)


def _log(level: int, message: str) -> None:
    if _console_level and level < _console_level[0]:
        return
    import logging

    logger = logging.getLogger("guild")
    if _console_level and not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s: [%(name)s] %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(_console_level[0])
        logger.propagate = False
    logger.log(level, "%s", message)
