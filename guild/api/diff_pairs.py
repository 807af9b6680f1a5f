"""Pairs of files or directories to compare, of two runs or of a run and a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from guild.api.run_files import read_sourcecode_option, sourcecode_dir
from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import manifest


class Parts(NamedTuple):
    """The parts of runs to compare; if none is set, the whole run directories."""

    output: bool = False
    sourcecode: bool = False
    env: bool = False
    flags: bool = False
    attrs: bool = False
    deps: bool = False
    paths: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Two files or directories; the null device or an empty directory replaces a missing one."""

    left: str
    right: str


@contextmanager
def pair_runs(left: Run, right: Run, parts: Parts) -> Iterator[list[Pair]]:
    """Yield the pairs to compare of two runs; they exist until the block ends.

    Raises GuildError for a path that neither run has.
    """
    with TemporaryDirectory(prefix="guild-diff-") as temp:
        files = {
            "attrs": parts.attrs,
            "attrs/env": parts.env and not parts.attrs,
            "attrs/flags": parts.flags and not parts.attrs,
            "attrs/deps": parts.deps and not parts.attrs,
            "output": parts.output,
        }
        pairs = [
            _pair(left.guild_path(name), right.guild_path(name))
            for name, compare in files.items()
            if compare
        ]
        if parts.sourcecode:
            # A run that is compared with itself needs another name on the right.
            name = right.short_id if right.short_id != left.short_id else f"{right.short_id}-"
            pairs.append(
                Pair(
                    _link_files(os.path.join(temp, left.short_id), _source_paths(left)),
                    _link_files(os.path.join(temp, name), _source_paths(right)),
                )
            )
        pairs += [_pair_paths(path, left.path, right.path) for path in parts.paths]
        yield pairs if any(parts) else [Pair(left.path, right.path)]


@contextmanager
def pair_with_directory(
    run: Run,
    directory: Path,
    paths: tuple[str, ...],
    environ: Mapping[str, str],
    *,
    whole: bool = False,
) -> Iterator[list[Pair]]:
    """Yield the pairs to compare of a run and a directory; they exist until the block ends.

    Without `paths`, the source code is compared: the directories themselves if `whole`, else
    directories of links to source code files. `paths` are relative to the source code. Raises
    GuildError if the directory does not exist, and for a path that neither side has.
    """
    if not directory.is_dir():
        raise GuildError(f"directory '{directory}' does not exist")
    source = sourcecode_dir(run)
    if paths:
        yield [_pair_paths(path, source, str(directory)) for path in paths]
        return
    if whole:
        yield [Pair(source, str(directory))]
        return
    with TemporaryDirectory(prefix="guild-diff-") as temp:
        left = _link_files(os.path.join(temp, run.short_id), _source_paths(run))
        current = _current_source_files(run, directory, environ)
        yield [Pair(left, _link_files(os.path.join(temp, "working"), current))]


def find_working_dir(run: Run) -> Path:
    """Return the directory that the source code of `run` came from.

    Raises GuildError if the run does not record it.
    """
    root = read_sourcecode_option(run, "root")
    project_dir = run.opref.project_dir if run.opref else None
    if project_dir is not None:
        return Path(os.path.normpath(os.path.join(project_dir, root or ".")))
    if root:
        return Path(root)
    raise GuildError(
        f"run {run.short_id} does not record where its source code came from; "
        f"specify the directory with --dir"
    )


def _pair(left: str, right: str) -> Pair:
    return Pair(*(path if os.path.exists(path) else os.devnull for path in (left, right)))


def _pair_paths(path: str, left: str, right: str) -> Pair:
    pair = _pair(os.path.join(left, path), os.path.join(right, path))
    if pair.left == pair.right == os.devnull:
        raise GuildError(f"'{path}' not found on either side; run 'guild ls' for a list of files")
    return pair


# -- Source code: directories of links to files, which any tool can compare


def _source_paths(run: Run) -> dict[str, str]:
    """Return the source code files of `run` by their path in the project."""
    return {
        entry.source: os.path.join(run.path, entry.run_path)
        for entry in manifest.read_entries(run.path)
        if entry.kind == "s"
    }


def _link_files(folder: str, paths: dict[str, str]) -> str:
    os.makedirs(folder)
    for path, file in paths.items():
        link = os.path.normpath(os.path.join(folder, path))
        if link.startswith(folder + os.sep) and os.path.isfile(file):
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(file, link)
    return folder


def _current_source_files(run: Run, directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return by path the files in `directory` that are now source code of the run's operation."""
    from guild.guildfile.sourcecode_def import SourceCodeDef
    from guild.ops.define import resolve
    from guild.ops.stage.sourcecode.file_selection import select_sourcecode

    definition = SourceCodeDef()
    opref = run.opref
    if opref is not None and opref.type == "guildfile" and os.path.isfile(opref.pkg_name):
        guildfile = resolve.load_project(Path(opref.pkg_name).parent)
        opdef = guildfile.get_operation(f"{opref.model}:{opref.op}") if guildfile else None
        definition = (opdef.sourcecode if opdef else None) or definition
    files = select_sourcecode(directory, definition, environ=environ).files
    paths = [*_source_paths(run), *(file.path for file in files)]
    return {path: os.path.abspath(directory / path) for path in paths}
