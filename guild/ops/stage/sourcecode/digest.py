"""The digest of source code: the same for the same files with the same content."""

from __future__ import annotations

import os
from collections.abc import Iterable

from guild.base.digests import md5
from guild.ops.stage.sourcecode import place
from guild.runs.manifest import ManifestEntry


class SourceDigest:
    """The md5 over files in the order of their paths in the run, each as
    `PATH NUL CONTENT NUL`, with `/` in paths. Guild AI 0.9 has the same."""

    def __init__(self) -> None:
        self._md5 = md5(usedforsecurity=False)
        self._is_empty = True

    def add(self, run_path: str, chunks: Iterable[bytes]) -> None:
        """Add the next file by its path in the run and its content."""
        self._is_empty = False
        self._md5.update(os.fsencode(run_path) + b"\0")
        for chunk in chunks:
            self._md5.update(chunk)
        self._md5.update(b"\0")

    def hex(self) -> str | None:
        """The digest of what was added so far, 32 hex digits; None if nothing was."""
        return None if self._is_empty else self._md5.hexdigest()


def of_run(run_dir: str | os.PathLike[str], entries: Iterable[ManifestEntry]) -> str | None:
    """The digest of the source code that `entries` of a manifest name, as it is in the run now;
    None where there is none.

    Raises OSError for a file that is missing or cannot be read.
    """
    digest = SourceDigest()
    paths = sorted(entry.run_path for entry in entries if entry.kind == "s")
    for path in paths:
        with open(os.path.join(run_dir, path), "rb", buffering=0) as file:
            digest.add(path, place.chunks(file.fileno()))
    return digest.hex()
