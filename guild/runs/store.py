"""The runs of a home: `runs/`, and `trash/runs/` for deleted ones."""

from __future__ import annotations

import os
from pathlib import Path

from guild.base.errors import GuildError
from guild.run import Run, is_run_dir, is_run_id, new_run_id


class RunStore:
    """The runs of one home: created, listed, found, deleted and restored."""

    def __init__(self, home: str | os.PathLike[str]) -> None:
        self.home = Path(home)
        self.runs_dir = self.home / "runs"
        self.trash_dir = self.home / "trash" / "runs"

    def new(self, run_id: str | None = None) -> Run:
        """Return a run with a new id, or with `run_id`, without creating its directory.

        Raises GuildError if `run_id` is invalid or exists.
        """
        if run_id is None:
            return self.get(new_run_id())
        if not is_run_id(run_id):
            raise GuildError(f"invalid run ID '{run_id}': expected a file name without a leading .")
        run = self.get(run_id)
        if os.path.lexists(run.path):
            raise GuildError(f"run '{run_id}' already exists; delete it or choose another ID")
        return run

    def ids(self, *, deleted: bool = False) -> list[str]:
        """Return the ids of all runs, or of all deleted runs, unordered."""
        folder = self.trash_dir if deleted else self.runs_dir
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in names if is_run_id(name) and is_run_dir(folder / name)]

    def get(self, run_id: str, *, deleted: bool = False) -> Run:
        """Return the run with the full id `run_id`, whether or not it exists."""
        return Run(run_id, (self.trash_dir if deleted else self.runs_dir) / run_id)

    def find(self, prefix: str, *, deleted: bool = False) -> list[Run]:
        """Return the runs whose id starts with `prefix`, sorted by id."""
        ids = sorted(name for name in self.ids(deleted=deleted) if name.startswith(prefix))
        return [self.get(name, deleted=deleted) for name in ids]

    def delete(self, run: Run, *, permanent: bool = False) -> None:
        """Move `run` to the trash, or delete it permanently. Raises GuildError on failure."""
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
        """Restore a deleted run and return it. Raises GuildError on failure."""
        restored = self.get(run.id)
        try:
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            os.rename(run.path, restored.path)
        except FileNotFoundError:
            raise GuildError(f"run {run.short_id} is not a deleted run") from None
        except OSError as error:
            if os.path.lexists(restored.path):
                raise GuildError(
                    f"cannot restore run {run.short_id}: a run with that id already exists; "
                    f"delete it permanently first, or purge the deleted run"
                ) from None
            raise GuildError(f"cannot restore run {run.short_id}: {error.strerror}") from None
        return restored

    def purge(self, run: Run) -> None:
        """Delete a run from the trash permanently. Raises GuildError on failure."""
        self.delete(run, permanent=True)

    @staticmethod
    def remove(run: Run) -> None:
        """Delete a run directory permanently. Raises OSError."""
        # Renamed first, so that listings never include a partly deleted run.
        import shutil  # slow to import, and most commands delete nothing

        path = Path(run.path)
        gone = path.with_name(f".{path.name}.removed")
        os.rename(path, gone)
        shutil.rmtree(gone)
