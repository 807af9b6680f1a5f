"""Inspection of a script: from its file to its flags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.base.errors import GuildError
from guild.plugins.python_flags.globals import global_flags, named_global_flags
from guild.plugins.python_flags.project import Project
from guild.plugins.python_flags.result import ImportedFlags


def inspect_files(
    path: Path, search_path: Sequence[Path], dest: str | None
) -> tuple[ImportedFlags, dict[Path, bytes | None]]:
    """`inspect_script`, with the files that its result depends on and their content.

    Of a file that is None the result depends on its absence.
    """
    project = Project([*search_path, path.parent])
    return _inspect(path, project, dest), project.files


def _inspect(path: Path, project: Project, dest: str | None) -> ImportedFlags:
    module = project.parse(path)
    file = project.relative(path)
    kind, _, name = (dest or "").partition(":")
    if kind in ("global", "namespace"):
        named = named_global_flags(module, name, file)
        if not named.found:
            raise GuildError(
                f"{file}:1: no global {name!r} that is a dict or a namespace (flags-dest: {dest})"
            )
        return ImportedFlags(f"{kind}:{name}", named.flags)
    return ImportedFlags("globals", global_flags(module, file))
