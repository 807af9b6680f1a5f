"""Log messages, sent to the standard logger `guild`.

Importing `logging` takes longer than most commands, so the first message imports it.
"""

from __future__ import annotations

from collections.abc import Mapping

_console_level: list[int] = []

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # as in `logging`
_LEVELS = {"DEBUG": DEBUG, "INFO": INFO, "WARNING": WARNING, "ERROR": ERROR}


def to_console(level: int = INFO) -> None:
    """Print messages of `level` and above to stderr as `INFO: [guild] MESSAGE`.

    Without this call, the program that uses the library decides where messages go.
    """
    _console_level[:] = [level]


def level_of(environ: Mapping[str, str]) -> int:
    """Return the level in `LOG_LEVEL`, a number or a name; `INFO` if it is missing or neither."""
    value = environ.get("LOG_LEVEL", "").upper()
    return int(value) if value.isdigit() else _LEVELS.get(value, INFO)


def debug(message: str) -> None:
    """Log details for debugging."""
    _log(DEBUG, message)


def info(message: str) -> None:
    """Log progress."""
    _log(INFO, message)


def warning(message: str) -> None:
    """Log a problem that does not stop the command."""
    _log(WARNING, message)


def error(message: str) -> None:
    """Log an error and continue, so that further errors can be reported."""
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
