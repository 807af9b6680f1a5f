"""Warnings of commands, on stderr.

What happens during a run is logged instead, see `guild.base.log`.
"""

from __future__ import annotations

from collections.abc import Iterable

import click


def warn(message: str) -> None:
    """Print a warning."""
    click.echo(f"WARNING: {message}", err=True)


def warn_all(messages: Iterable[str]) -> None:
    """Print each of `messages` as a warning."""
    for message in messages:
        warn(message)
