"""The exception that users see."""

from __future__ import annotations


class GuildError(Exception):
    """An error that the user can fix: the problem, its place and the remedy in one line.

    Any layer below the commands may raise it. Only `guild.command_line` prints it
    (`guild: MESSAGE` on stderr) and turns it into an exit code.

    Attributes:
        message: the line to print, without a trailing newline.
        exit_code: the exit code of the process.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
