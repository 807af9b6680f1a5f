"""The command lines that a walk over a program finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.values import Tracked


class Entry(Tracked):
    """A parser or command that can receive the command line."""

    all_commands_known = True

    @property
    def subcommands(self) -> Mapping[str, Entry]:
        """Subcommands that could be found, by name."""
        return {}

    def flags(self) -> dict[str, FlagDef]:
        """Return the entry's own flags by name, without those of its subcommands."""
        return {}


class Findings:
    """Results that the models of libraries collect during a walk.

    Attributes:
        entries: the parsers and commands that receive the command line, in the order
            of their calls.
        candidates: all parsers and top-level commands that might receive it.
        warnings: one line for each thing that could not be determined.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.candidates: list[Entry] = []
        self.warnings: list[str] = []

    def add_call(self, entry: Entry, args: Any) -> None:
        """Record that `entry` parses `args`: the command line if they are None or unknown."""
        if args is not None and args is not UNKNOWN:  # a list written in the program
            self.candidates = [other for other in self.candidates if other is not entry]
        elif entry not in self.entries:
            self.entries.append(entry)

    def warn(self, location: str, message: str) -> None:
        """Add a warning about `location`, a `FILE:LINE`, unless it was added before."""
        warning = f"{location}: {message}"
        if warning not in self.warnings:
            self.warnings.append(warning)
