"""The one exception type that is told to the user."""

from __future__ import annotations


class GuildError(Exception):
    """What went wrong, where, and what to do next, in one line.

    It may be raised at any depth below the commands; only the root command
    prints it (`guild: MESSAGE` on stderr) and turns it into an exit code.

    Attributes:
        message: the line to show, without a trailing newline.
        exit_code: the exit code of the process that ends because of it.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
