"""The manifest of a run: the files that staging put into it, and their sources."""

import os
import re
import shlex
from collections.abc import Iterable, Sequence

from guild.base.files import write_atomic
from guild.base.named_tuple import NamedTuple

_KINDS = ("s", "d", "i")
# Compiled when an entry has quotes, which is rare: compiling them slows down start-up.
_WORD = r"""((?:[^ \n'"\\]|'[^']*'|"[^"\\]*"|\\.)+)"""
_QUOTED_ENTRY = rf"([sdi]) {_WORD} {_WORD} {_WORD}(?: {_WORD})?(?=\n|\Z)"
_QUOTED_PART = r"""'([^']*)'|"([^"\\]*)"|\\(.)"""


class ManifestEntry(NamedTuple):
    """One file that staging put into a run.

    Attributes:
        kind: `s` for source code, `d` for a dependency, `i` for an internal file.
        run_path: the path relative to the run directory, with `/` between names.
        hash: the SHA-1 of the content in hex, or `-` if it was not computed.
        source: the origin: a path relative to the project, or a URI.
        subpath: the member of the archive or directory that a dependency comes from.
    """

    kind: str
    run_path: str
    hash: str
    source: str
    subpath: str | None = None


def manifest_path(run_dir: str | os.PathLike[str]) -> str:
    """Return the path of the manifest in the run directory `run_dir`."""
    return os.path.join(run_dir, ".guild", "manifest")


def read_entries(run_dir: str | os.PathLike[str]) -> tuple[ManifestEntry, ...]:
    """Return the entries of a run's manifest in order, skipping invalid lines.

    A run without a manifest has no entries. Raises OSError if it cannot be read.
    """
    return parse_entries(os.fsdecode(_read_bytes(manifest_path(run_dir))))


def write_entries(run_dir: str | os.PathLike[str], entries: Iterable[ManifestEntry]) -> None:
    """Replace the manifest of a run atomically. Raises OSError."""
    write_atomic(manifest_path(run_dir), os.fsencode(format_entries(entries)))


def append_entries(run_dir: str | os.PathLike[str], entries: Iterable[ManifestEntry]) -> None:
    """Add entries to the manifest of a run atomically. Raises OSError."""
    path = manifest_path(run_dir)
    write_atomic(path, _read_bytes(path) + os.fsencode(format_entries(entries)))


def replace_entries(run_dir: str | os.PathLike[str], entries: Sequence[ManifestEntry]) -> None:
    """Add entries to the manifest of a run in place of those of the same files. Raises OSError."""
    paths = {entry.run_path for entry in entries}
    others = (entry for entry in read_entries(run_dir) if entry.run_path not in paths)
    write_entries(run_dir, (*others, *entries))


def _read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""


def format_entries(entries: Iterable[ManifestEntry]) -> str:
    """Return the content of a manifest: one line per entry, more if a path contains newlines."""
    quote = shlex.quote
    return "".join(
        f"{kind} {quote(run_path)} {hash_} {quote(source)}"
        + ("\n" if subpath is None else f" {quote(subpath)}\n")
        for kind, run_path, hash_, source, subpath in entries
    )


def parse_entries(text: str) -> tuple[ManifestEntry, ...]:
    """Return the entries in the content of a manifest, skipping invalid lines."""
    entries: list[ManifestEntry] = []
    start, size = 0, len(text)
    while start < size:
        end = text.find("\n", start)
        end = size if end < 0 else end
        line = text[start:end]
        words: Sequence[str | None] = ()
        if "'" not in line and '"' not in line and "\\" not in line:
            words = line.split(" ")
        elif match := re.compile(_QUOTED_ENTRY, re.DOTALL).match(text, start):
            # a quoted newline lets an entry span lines
            end = match.end()
            words = [word and _unquote(word) for word in match.groups()]
        if 4 <= len(words) <= 5 and words[0] in _KINDS:
            entries.append(ManifestEntry(*words))  # type: ignore[arg-type]  # four words at least
        start = end + 1
    return tuple(entries)


def _unquote(word: str) -> str:
    return re.sub(
        _QUOTED_PART, lambda part: part[1] or part[2] or part[3] or "", word, flags=re.DOTALL
    )
