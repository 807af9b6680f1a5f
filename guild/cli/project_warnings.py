"""The warnings of a guild.yml, printed by the commands that read one."""

from __future__ import annotations

import click

from guild.guildfile.types import Guildfile


def print_warnings(guildfile: Guildfile | None) -> None:
    """Print the warnings of `guildfile`, one line each."""
    for warning in guildfile.warnings if guildfile else ():
        click.echo(f"WARNING: {warning}", err=True)
