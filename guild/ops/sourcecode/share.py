"""Gives a run the source code that another run has."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from guild.ops.sourcecode import place
from guild.runs.manifest import ManifestEntry


def share_from(
    other_run_dir: str | os.PathLike[str],
    run_dir: str | os.PathLike[str],
    entries: Iterable[ManifestEntry],
) -> None:
    """Give `run_dir` the files of `entries` that `other_run_dir` has, at the same paths.

    The content is on disk only once where the file system can clone files (Btrfs, XFS, ...);
    elsewhere it is copied. Hard links are never made: those are one file, and what a script
    writes into its own source would be written into the other run's. To take away the
    permission to write protects neither from root nor from a script that sets it again.
    Raises OSError, also for a file that is missing, and `place.SourceError`.
    """
    from_prefix = os.path.join(os.fspath(other_run_dir), "")
    to_prefix = os.path.join(os.fspath(run_dir), "")
    folder = None
    for entry in entries:
        path = entry.run_path
        if folder != (folder := path.rpartition("/")[0]):
            os.makedirs(to_prefix + folder, exist_ok=True)
        with open(from_prefix + path, "rb", buffering=0) as source:
            mode = stat.S_IMODE(os.fstat(source.fileno()).st_mode)
            target = place.create(to_prefix + path, mode)
            try:
                place.clone_or_copy(source.fileno(), target)
            finally:
                os.close(target)
