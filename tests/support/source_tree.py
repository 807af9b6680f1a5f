"""Directories and git work trees for the tests of source code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.ops.stage.sourcecode.file_selection import Selection, select_sourcecode

BINARY = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def make(root: Path, files: Mapping[str, str | bytes] | Iterable[str]) -> Path:
    """Write these files to `root`; files without given content contain their own name."""
    content = files if isinstance(files, Mapping) else {name: name for name in files}
    for name, data in content.items():
        path = os.path.join(os.fsencode(root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else os.fsencode(data))
    return root


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    allowed = ("-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, *allowed, *args], cwd=folder, check=True, capture_output=True)


def commit(root: Path, *paths: str) -> Path:
    """Commit `paths` or everything in `root`, which becomes a repository if needed."""
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", *(paths or (".",)))
    git(root, "commit", "-qm", "x")
    return root


def rules(*lines: str) -> SourceCodeDef:
    """Return a definition with rules such as `include *.py` and `exclude dir data`."""
    parsed = []
    for line in lines:
        action, *kind, pattern = line.split(" ")
        parsed.append(SourceCodeRule(action, kind[0] if kind else "pattern", pattern))  # type: ignore[arg-type]
    return SourceCodeDef(select=tuple(parsed))


def select(
    root: Path,
    definition: SourceCodeDef,
    *,
    started: str | None = None,
    environ: Mapping[str, str] = os.environ,
    explain: bool = False,
) -> Selection:
    """Select source code with the environment of the test, unless `environ` is given."""
    return select_sourcecode(root, definition, started=started, environ=environ, explain=explain)


def paths(selection: Selection) -> list[str]:
    return [file.path for file in selection.files]


def selected(root: Path, *lines: str) -> list[str]:
    """Return the paths selected by rules, see `rules`."""
    return paths(select(root, rules(*lines)))


def reasons(selection: Selection) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in selection.skipped}
