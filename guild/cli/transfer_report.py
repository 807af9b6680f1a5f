"""The progress and warnings of `guild export` and `guild import`."""

from __future__ import annotations

from collections.abc import Callable

import click

from guild.base import log
from guild.base.text import printable
from guild.cli.warnings import warn
from guild.run import Run


def make_progress(move: bool, target: str) -> Callable[[Run, bool], None]:
    """Return a function that prints a line before a run is moved, copied or skipped.

    `target` is put in front of the run ID in warnings.
    """

    def report(run: Run, skipped: bool) -> None:
        if skipped:
            warn(f"{target}{run.id} exists, skipping")  # Guild AI 0.9 wording
        else:
            click.echo(f"{'Moving' if move else 'Copying'} {run.id}")

    return report


def warn_about_skipped_paths(paths: list[str]) -> None:
    """Warn about each path in a run that was not copied."""
    for path in paths:
        log.warning(f"{printable(path)} was not copied: it is a special file or a broken link")
