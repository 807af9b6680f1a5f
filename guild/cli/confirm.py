"""Prompts for confirmation, all in one form.

Enter means no where runs are stopped, removed for good or deleted without being named, and yes
elsewhere. Every command with a prompt has `yes_option` to skip it.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from guild.base.errors import GuildError
from guild.cli.command import option
from guild.index.query import IndexedRun

yes_option = option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
"""Adds the option that skips the prompt."""


def confirm(question: str = "Continue?", *, default: bool = True) -> bool:
    """Ask a question on stdin and return whether the answer is yes.

    Raises GuildError if stdin is closed or at its end.
    """
    try:
        answer = click.prompt(
            question,
            default="y" if default else "n",
            show_default=False,
            prompt_suffix=" (Y/n) " if default else " (y/N) ",  # Guild AI 0.9 wording
        )
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            raise GuildError(
                "cannot ask for confirmation: stdin is closed (use -y to skip the prompt)"
            ) from None
        raise
    return str(answer).strip().lower() in ("y", "yes")


def confirm_runs(
    heading: str, runs: Sequence[IndexedRun], question: str = "Continue?", *, default: bool = True
) -> bool:
    """List `runs` below `heading`, ask a question and return whether the answer is yes."""
    from guild.cli.run_listing import preview_runs, print_lines

    click.echo(heading)
    print_lines(preview_runs(runs))
    return confirm(question, default=default)
