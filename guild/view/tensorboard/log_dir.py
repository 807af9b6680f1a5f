"""TensorBoard's log directory, with a folder for each run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from guild.index.query import IndexedRun
from guild.view.tensorboard.run_folder import Contents, RunFolder
from guild.view.tensorboard.run_names import make_folder_name


class LogDir:
    """A log directory at `path`, written by `sync`.

    `name_flags` are the flags that replace the label in the names of runs.
    """

    def __init__(
        self, path: str, contents: Contents, name_flags: Sequence[str] | None = None
    ) -> None:
        self._path = path
        self._contents = contents
        self._name_flags = name_flags
        self._folders: dict[str, RunFolder] = {}

    def sync(self, runs: Iterable[IndexedRun]) -> None:
        """Update the log directory to hold exactly `runs` in their current state.

        A run whose name changes, because it was labeled or restarted, gets a new folder.
        Raises OSError if the directory cannot be written.
        """
        # Runs with the same name are copies of one run.
        named_runs = {make_folder_name(run, self._name_flags): run for run in runs}
        for name in self._folders.keys() - named_runs.keys():
            self._folders.pop(name).remove()
        for name, run in named_runs.items():
            if name not in self._folders:
                path = os.path.join(self._path, name)
                self._folders[name] = RunFolder(path, self._contents)
            self._folders[name].refresh(run)
