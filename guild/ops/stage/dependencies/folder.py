"""What a source takes from a folder: all of it, or what its patterns select."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from guild.base.errors import GuildError
from guild.guildfile.defs import SourceDef


def is_selective(source: SourceDef) -> bool:
    """Whether `source` says which files it takes."""
    return bool(source.select or source.select_min or source.select_max)


def selected(folder: str, source: SourceDef, skip: Callable[[str], bool]) -> list[str]:
    """The paths in `folder`, relative and with `/`, that `source` selects, sorted; what is in
    `folder` itself if it does not say. What `skip` holds for is left out, and what is in it.

    Raises GuildError for a pattern that is none, OSError for a folder that cannot be read.
    """
    if not is_selective(source):
        return sorted(name for name in os.listdir(folder) if not skip(name))
    patterns = [_pattern(text) for text in source.select]
    paths = list(_walk(folder, "", skip))
    found = [path for path in paths if any(one.fullmatch(path) for one in patterns)]
    for text, best in ((source.select_min, min), (source.select_max, max)):
        if text:
            found += _extreme(paths, _pattern(text), best)
    return _without_parts(sorted(set(found)))


def _walk(folder: str, prefix: str, skip: Callable[[str], bool]) -> Iterator[str]:
    for entry in sorted(os.scandir(os.path.join(folder, prefix)), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        if skip(path):
            continue
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, f"{path}/", skip)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise GuildError(f"invalid pattern {text!r} in requires: {error}") from None


def _extreme(
    paths: list[str], pattern: re.Pattern[str], best: Callable[[list[tuple[float, str]]], object]
) -> list[str]:
    """The path whose number, the pattern's group, is the least or greatest; none without."""
    ranked = []
    for path in paths:
        match = pattern.fullmatch(path)
        if match is not None:
            try:
                ranked.append((float(match[1]), path))
            except (IndexError, TypeError, ValueError):
                continue
    if not ranked:
        return []
    _, path = best(ranked)  # type: ignore[misc]  # min and max of a list give one of its items
    return [path]


def _without_parts(paths: list[str]) -> list[str]:
    """`paths` without those in a folder that is among them."""
    kept: list[str] = []
    for path in paths:
        if not any(path.startswith(f"{folder}/") for folder in kept):
            kept.append(path)
    return kept
