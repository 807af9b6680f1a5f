"""What `guild export` and `guild import` tell."""

from __future__ import annotations

from collections.abc import Callable

import click

from guild.base import log
from guild.base.text import printable
from guild.run import Run


def progress(move: bool, where: str) -> Callable[[Run, bool], None]:
    """Prints what is about to be done with each run; `where` goes before its id in a warning."""

    def tell(run: Run, skipped: bool) -> None:
        if skipped:
            click.echo(f"WARNING: {where}{run.id} exists, skipping", err=True)
        else:
            click.echo(f"{'Moving' if move else 'Copying'} {run.id}")

    return tell


def warn_of_left_out(paths: list[str]) -> None:
    """Tell which paths in runs were not copied."""
    for path in paths:
        log.warning(f"{printable(path)} is left out: it is a special file or a broken link")
