"""The place of a run among the steps of another run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.run import Run, is_new_id, is_run_dir


class StepOf(NamedTuple):
    """The place of a run among the steps of another run.

    Attributes:
        link: the link to the run, in the directory of the run with the steps.
        isolated: whether the run can use only runs of earlier steps.
    """

    link: Path
    isolated: bool

    def add_link(self, run: Run) -> None:
        """Link `run` here. Raises GuildError if the link cannot be written."""
        try:
            link_run(self.link, run)
        except OSError as error:
            raise GuildError(f"cannot write {self.link}: {error.strerror}") from None

    def visible_ids(self) -> frozenset[str] | None:
        """Return the ids of the runs that the run can use; None for all runs."""
        if not self.isolated:
            return None
        return frozenset(path.resolve().name for path in linked_runs(self.link.parent))


def link_run(link: Path, run: Run) -> None:
    """Link to `run`, by a relative path if both are in one home. Raises OSError."""
    is_sibling = os.path.dirname(run.path) == os.path.dirname(link.parent)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.join(os.pardir, os.path.basename(run.path)) if is_sibling else run.path)


def linked_runs(folder: Path) -> Iterator[Path]:
    """Yield the links to runs in the run directory `folder`, dangling ones included."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink() and _leads_to_run(entry.path):
                yield folder / entry.name


def _leads_to_run(link: str) -> bool:
    return is_new_id(os.path.basename(os.readlink(link))) or is_run_dir(link)
