"""The digest of source code: equal for the same paths with the same content."""

from __future__ import annotations

import os
from collections.abc import Iterable

from guild.base.digests import md5


class SourceDigest:
    """The MD5 over files in the order of their paths in the run, as in Guild AI 0.9.

    Each file adds `PATH NUL CONTENT NUL`, with `/` between the names of a path.
    """

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
        """Return the digest of the files added so far as 32 hex digits, or None without files."""
        return None if self._is_empty else self._md5.hexdigest()
