"""Members of a directory that a source selects."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from guild.base.errors import GuildError
from guild.guildfile.defs import SourceDef


def is_selective(source: SourceDef) -> bool:
    """Return whether `source` selects members by patterns."""
    return bool(source.select or source.select_min or source.select_max)


def select_members(
    folder: str, source: SourceDef, is_excluded: Callable[[str], bool] = lambda _: False
) -> list[str]:
    """Return the paths in `folder` that `source` selects, sorted, `/` between names.

    Without patterns these are the entries of `folder`. Excluded paths and everything below them
    are omitted.
    Raises GuildError for an invalid pattern, OSError if a directory cannot be read.
    """
    if not is_selective(source):
        return sorted(name for name in os.listdir(folder) if not is_excluded(name))
    patterns = [_compile(pattern) for pattern in source.select]
    paths = list(_walk(folder, "", is_excluded))
    selected = {path for path in paths if any(pattern.fullmatch(path) for pattern in patterns)}
    if source.select_min:
        selected.update(path for _, path in _rank(paths, source.select_min)[:1])
    if source.select_max:
        selected.update(path for _, path in _rank(paths, source.select_max)[-1:])
    return _without_nested(sorted(selected))


def _walk(folder: str, prefix: str, is_excluded: Callable[[str], bool]) -> Iterator[str]:
    for entry in sorted(os.scandir(os.path.join(folder, prefix)), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        if is_excluded(path):
            continue
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, f"{path}/", is_excluded)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise GuildError(f"invalid pattern '{pattern}' in requires: {error}") from None


def _rank(paths: list[str], pattern: str) -> list[tuple[float, str]]:
    """Return the matching paths with the number in the pattern's group, in ascending order."""
    compiled = _compile(pattern)
    ranked = []
    for path in paths:
        match = compiled.fullmatch(path)
        if match is not None:
            try:
                ranked.append((float(match[1]), path))
            except (IndexError, TypeError, ValueError):
                continue
    return sorted(ranked)


def _without_nested(paths: list[str]) -> list[str]:
    """Return `paths` except those below another one of them."""
    outer: list[str] = []
    for path in paths:
        if not any(path.startswith(f"{folder}/") for folder in outer):
            outer.append(path)
    return outer
