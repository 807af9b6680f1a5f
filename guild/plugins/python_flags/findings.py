"""What a walk over a script has found of its command line."""

from __future__ import annotations

from typing import Any

from guild.plugins.python_flags.constants import UNKNOWN
from guild.plugins.python_flags.values import Tracked


class Findings:
    """Filled by the models of argparse and click while the interpreter walks.

    Attributes:
        entries: the parsers and commands that are given the command line, in
            the order of their calls.
        made: all parsers and top-level commands that may be given the command line.
        warnings: what could not be resolved, a line each.
    """

    def __init__(self) -> None:
        self.entries: list[Tracked] = []
        self.made: list[Tracked] = []
        self.warnings: list[str] = []

    def enter(self, entry: Tracked, args: Any) -> None:
        """`entry` is given `args`: the command line if they are None or unknown."""
        if args is not None and args is not UNKNOWN:  # a list that stands in the program
            self.made = [made for made in self.made if made is not entry]
        elif entry not in self.entries:
            self.entries.append(entry)

    def warn(self, where: str, text: str) -> None:
        line = f"{where}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)
