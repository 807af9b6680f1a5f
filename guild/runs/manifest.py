"""The manifest of a run: which files were put into it, and where they came from."""

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_KINDS = ("s", "d", "i")
# compiled where an entry needs them: most manifests have no quotes, and start-up is short
_WORD = r"""((?:[^ \n'"\\]|'[^']*'|"[^"\\]*"|\\.)+)"""
_QUOTED_ENTRY = rf"([sdi]) {_WORD} {_WORD} {_WORD}(?: {_WORD})?(?=\n|\Z)"
_QUOTED_PART = r"""'([^']*)'|"([^"\\]*)"|\\(.)"""


class ManifestEntry(NamedTuple):
    """One file that was put into a run.

    Attributes:
        kind: `s` source code, `d` a dependency, `i` internal.
        run_path: where it is, relative to the run directory, `/` between names.
        hash: the SHA-1 of its content in hex, or `-` where that was not taken.
        source: where it came from: a path relative to the project, or a URI.
        subpath: of a dependency from an archive or folder, the member.
    """

    kind: str
    run_path: str
    hash: str
    source: str
    subpath: str | None = None


def manifest_path(run_dir: str | os.PathLike[str]) -> str:
    """The manifest's path in the run directory `run_dir`."""
    return os.path.join(run_dir, ".guild", "manifest")


def read_entries(run_dir: str | os.PathLike[str]) -> tuple[ManifestEntry, ...]:
    """The entries of a run's manifest in their order; lines that are none are passed over.

    A run without a manifest has no entries.
    """
    try:
        with open(manifest_path(run_dir), "rb") as file:
            data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return parse_entries(os.fsdecode(data))


def write_entries(run_dir: str | os.PathLike[str], entries: Iterable[ManifestEntry]) -> None:
    """Write the manifest of a run, replacing the one it has. Raises OSError."""
    with open(manifest_path(run_dir), "wb") as file:
        file.write(os.fsencode(format_entries(entries)))


def append_entries(run_dir: str | os.PathLike[str], entries: Iterable[ManifestEntry]) -> None:
    """Add to the manifest of a run, in one write. Raises OSError."""
    with open(manifest_path(run_dir), "ab", buffering=0) as file:
        file.write(os.fsencode(format_entries(entries)))


def format_entries(entries: Iterable[ManifestEntry]) -> str:
    """The manifest's text, a line an entry (more where a path has a newline in it)."""
    quote = shlex.quote
    return "".join(
        f"{kind} {quote(run_path)} {hash_} {quote(source)}"
        + ("\n" if subpath is None else f" {quote(subpath)}\n")
        for kind, run_path, hash_, source, subpath in entries
    )


def parse_entries(text: str) -> tuple[ManifestEntry, ...]:
    """The entries in a manifest's text; what cannot be one is passed over."""
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
            entries.append(ManifestEntry(*words))  # type: ignore[arg-type]  # the first four are there
        start = end + 1
    return tuple(entries)


def _unquote(word: str) -> str:
    return re.sub(
        _QUOTED_PART, lambda part: part[1] or part[2] or part[3] or "", word, flags=re.DOTALL
    )
