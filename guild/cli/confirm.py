"""Asking before runs are changed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from guild.cli.question import agreed
from guild.cli.run_listing import preview, print_lines
from guild.index.query import IndexedRun

DECLINED = 4
"""The exit code of a command whose question was answered with no."""


def confirmed(
    what: str, runs: Sequence[IndexedRun], question: str = "Continue?", *, default: bool = True
) -> bool:
    """Show what is about to be done to which runs, and ask. `default` is what Enter means."""
    click.echo(what)
    print_lines(preview(runs))
    return agreed(question, default=default)
