"""What a walk over a script finds of its command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.flags.flagdef import FlagDef
from guild.plugins.python_flags.constants import UNKNOWN
from guild.plugins.python_flags.values import Tracked


class Entry(Tracked):
    """A parser or a command: what may be given the command line."""

    all_commands_known = True

    @property
    def subcommands(self) -> Mapping[str, Entry]:
        """Those that are known, by name; empty for an entry that has none."""
        return {}

    def flags(self) -> dict[str, FlagDef]:
        """Its own flags, by name, without those of its subcommands."""
        return {}


class Findings:
    """Filled by the models of argparse and click while the interpreter walks.

    Attributes:
        entries: the parsers and commands that are given the command line, in
            the order of their calls.
        made: all parsers and top-level commands that may be given the command line.
        warnings: what could not be resolved, a line each.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.made: list[Entry] = []
        self.warnings: list[str] = []

    def enter(self, entry: Entry, args: Any) -> None:
        """`entry` is given `args`: the command line if they are None or unknown."""
        if args is not None and args is not UNKNOWN:  # a list that stands in the program
            self.made = [made for made in self.made if made is not entry]
        elif entry not in self.entries:
            self.entries.append(entry)

    def warn(self, where: str, text: str) -> None:
        line = f"{where}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)
