"""The warnings of a guild.yml, printed by the commands that read one."""

from __future__ import annotations

from guild.cli.warnings import warn_all
from guild.guildfile.types import Guildfile


def print_warnings(guildfile: Guildfile | None) -> None:
    """Print the warnings of `guildfile`, one line each."""
    warn_all(guildfile.warnings if guildfile else ())
