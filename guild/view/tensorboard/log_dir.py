"""The log directory of TensorBoard: a folder for each run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from guild.index.query import IndexedRun
from guild.view.tensorboard.run_folder import Contents, RunFolder
from guild.view.tensorboard.run_names import make_folder_name


class LogDir:
    """The folder `path` of which `sync` makes a log directory.

    `name_flags` are flags to name runs by instead of by their labels.
    """

    def __init__(
        self, path: str, contents: Contents, name_flags: Sequence[str] | None = None
    ) -> None:
        self._path = path
        self._contents = contents
        self._name_flags = name_flags
        self._folders: dict[str, RunFolder] = {}

    def sync(self, runs: Iterable[IndexedRun]) -> None:
        """Show `runs` as they are now, and no others.

        A run that got another label, or was started again, is one that has gone and a new
        one. Raises OSError where the directory cannot be written.
        """
        # Two directories with one name are copies of one run.
        wanted = {make_folder_name(run, self._name_flags): run for run in runs}
        for name in self._folders.keys() - wanted.keys():
            self._folders.pop(name).remove()
        for name, run in wanted.items():
            if name not in self._folders:
                path = os.path.join(self._path, name)
                self._folders[name] = RunFolder(path, self._contents)
            self._folders[name].refresh(run)
