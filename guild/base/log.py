"""Log messages, printed by commands, and sent to the standard logger `guild` by the library.

Importing `logging` takes longer than most commands, so only the library imports it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guild.base.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # as in `logging`

_NAMES = {DEBUG: "DEBUG", INFO: "INFO", WARNING: "WARNING", ERROR: "ERROR"}


class _Console(NamedTuple):
    level: int
    is_tagged: bool


_console: list[_Console] = []
_held: list[list[tuple[int, str]]] = []


def to_console(level: int = INFO, *, tagged: bool = True) -> None:
    """Print messages of `level` and above to stderr.

    They have the form `INFO: [guild] MESSAGE`. Those that are not `tagged` have the form
    `WARNING: MESSAGE`, and progress is the message alone.
    Without this call, the program that uses the library decides where messages go.
    """
    _console[:] = [_Console(level, tagged)]


def tag_messages() -> None:
    """Tag messages on the console from now on, as output of runs is printed between them."""
    if _console:
        to_console(_console[0].level)


def level_of(environ: Mapping[str, str]) -> int:
    """Return the level in `LOG_LEVEL`, a number or a name; `INFO` if it is missing or neither."""
    value = environ.get("LOG_LEVEL", "").upper()
    levels = {name: level for level, name in _NAMES.items()}
    return int(value) if value.isdigit() else levels.get(value, INFO)


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


@contextmanager
def hold_messages() -> Iterator[list[tuple[int, str]]]:
    """Within the block, collect messages of this process, to pass to `release_messages` later.

    If the block raises, they are released.
    """
    messages: list[tuple[int, str]] = []
    _held.append(messages)
    try:
        yield messages
    except BaseException:
        _held.remove(messages)
        release_messages(messages)
        raise
    _held.remove(messages)


def release_messages(messages: list[tuple[int, str]]) -> None:
    """Log `messages`, pairs of level and message."""
    for level, message in messages:
        _log(level, message)


def _log(level: int, message: str) -> None:
    if _held:
        _held[-1].append((level, message))
        return
    if _console and level < _console[0].level:
        return
    if _console and not _has_handlers():
        sys.stderr.write(f"{_prefix(level)}{message}\n")
        sys.stderr.flush()
        return
    import logging

    logging.getLogger("guild").log(level, "%s", message)


def _has_handlers() -> bool:
    """Return whether messages go elsewhere, for example to a full-screen application."""
    return "logging" in sys.modules and bool(sys.modules["logging"].getLogger("guild").handlers)


def _prefix(level: int) -> str:
    if _console[0].is_tagged:
        return f"{_NAMES[level]}: [guild] "
    return "" if level == INFO else f"{_NAMES[level]}: "
