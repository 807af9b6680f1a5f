"""A run's place among the steps of another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.run import Run, is_run_id


class StepOf(NamedTuple):
    """That a run is a step of another.

    Attributes:
        link: where it is linked, in the directory of the run whose step it is.
        isolated: whether it sees, of all runs, only those of the steps before it.
    """

    link: Path
    isolated: bool

    def put(self, run: Run) -> None:
        """Link `run`. Raises GuildError where that cannot be written."""
        try:
            link_run(self.link, run)
        except OSError as error:
            raise GuildError(f"cannot write {self.link}: {error.strerror}") from None

    def visible(self) -> frozenset[str] | None:
        """The ids of the runs that it may take files from; None for all there are."""
        if not self.isolated:
            return None
        return frozenset(path.resolve().name for path in linked_runs(self.link.parent))


def link_run(link: Path, run: Run) -> None:
    """Make `link` lead to `run`, relative to it where both are in one home. Raises OSError."""
    beside = os.path.dirname(run.path) == os.path.dirname(link.parent)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.join(os.pardir, os.path.basename(run.path)) if beside else run.path)


def linked_runs(folder: Path) -> Iterator[Path]:
    """The links to runs in the run directory `folder`, those to runs that have gone too."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink() and is_run_id(os.path.basename(os.readlink(entry.path))):
                yield folder / entry.name
