"""The runs of one home: `runs/`, and `trash/runs/` for the deleted ones."""

from __future__ import annotations

import os
from pathlib import Path

from guild.base.errors import GuildError
from guild.run import Run, is_run_id, new_run_id


class RunStore:
    """Creates, lists, finds, deletes and restores the runs of the home `home`."""

    def __init__(self, home: str | os.PathLike[str]) -> None:
        self.home = Path(home)
        self.runs_dir = self.home / "runs"
        self.trash_dir = self.home / "trash" / "runs"

    def new(self) -> Run:
        """A run with a new id; its directory is made by who stages it."""
        return self.get(new_run_id())

    def ids(self, *, deleted: bool = False) -> list[str]:
        """The ids of all runs, or of all deleted ones, in no order."""
        try:
            names = os.listdir(self.trash_dir if deleted else self.runs_dir)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in names if is_run_id(name)]

    def get(self, run_id: str, *, deleted: bool = False) -> Run:
        """The run with the whole id `run_id`; its directory need not exist."""
        return Run(run_id, (self.trash_dir if deleted else self.runs_dir) / run_id)

    def find(self, prefix: str, *, deleted: bool = False) -> list[Run]:
        """The runs whose id starts with `prefix`."""
        ids = sorted(name for name in self.ids(deleted=deleted) if name.startswith(prefix))
        return [self.get(name, deleted=deleted) for name in ids]

    def delete(self, run: Run, *, permanent: bool = False) -> None:
        """Move `run` to the trash, or remove it from the disk. Raises GuildError."""
        try:
            if permanent:
                self.remove(run)
            else:
                self.trash_dir.mkdir(parents=True, exist_ok=True)
                os.rename(run.path, self.trash_dir / run.id)
        except FileNotFoundError:
            raise GuildError(f"run {run.short_id} no longer exists") from None
        except OSError as error:
            raise GuildError(f"cannot delete run {run.short_id}: {error.strerror}") from None

    def restore(self, run: Run) -> Run:
        """Bring a deleted run back. Raises GuildError."""
        restored = self.get(run.id)
        try:
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            os.rename(run.path, restored.path)
        except FileNotFoundError:
            raise GuildError(f"run {run.short_id} is not among the deleted runs") from None
        except OSError as error:
            if os.path.lexists(restored.path):
                raise GuildError(
                    f"cannot restore run {run.short_id}: there is a run of that id - delete "
                    f"that one permanently first, or purge this one"
                ) from None
            raise GuildError(f"cannot restore run {run.short_id}: {error.strerror}") from None
        return restored

    def purge(self, run: Run) -> None:
        """Remove a deleted run from the disk. Raises GuildError."""
        self.delete(run, permanent=True)

    @staticmethod
    def remove(run: Run) -> None:
        """Remove a run directory from the disk, wherever it is. Raises OSError."""
        # Renamed first: a run that is half removed is not listed.
        import shutil  # slow to import, and most commands delete nothing

        path = Path(run.path)
        gone = path.with_name(f".{path.name}.removed")
        os.rename(path, gone)
        shutil.rmtree(gone)
