"""What of two runs, or of a run and a folder, is to be compared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from guild.base.errors import GuildError
from guild.run import Run
from guild.runs import manifest


class Parts(NamedTuple):
    """What is compared; the whole run directories if nothing is said."""

    output: bool = False
    sourcecode: bool = False
    env: bool = False
    flags: bool = False
    attrs: bool = False
    deps: bool = False
    paths: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Two files or two folders; what one side lacks is the null device, or an empty folder."""

    left: str
    right: str


@contextmanager
def of_runs(left: Run, right: Run, parts: Parts) -> Iterator[list[Pair]]:
    """The pairs to compare of two runs; they can be read within the block.

    Raises GuildError for a path that neither has.
    """
    with TemporaryDirectory(prefix="guild-diff-") as temp:
        pairs = [_pair(left.guild_path(*n), right.guild_path(*n)) for n in _guild_files(parts)]
        if parts.sourcecode:
            names = [left.short_id, right.short_id]
            folders = [
                _linked(temp, n, run, _source_paths(run))
                for n, run in zip(names, (left, right), strict=True)
            ]
            pairs.append(Pair(*folders))
        pairs += [_path_pair(path, left.path, right.path) for path in parts.paths]
        yield pairs if any(parts) else [Pair(left.path, right.path)]


@contextmanager
def with_folder(run: Run, folder: Path, parts: Parts) -> Iterator[list[Pair]]:
    """The pairs to compare of a run and a folder with other versions of its source code:
    all source code, or `parts.paths`. Raises GuildError."""
    if not folder.is_dir():
        raise GuildError(f"there is no folder '{folder}'")
    with TemporaryDirectory(prefix="guild-diff-") as temp:
        if parts.paths:
            yield [_path_pair(path, run.path, str(folder)) for path in parts.paths]
            return
        left = _linked(temp, run.short_id, run, _source_paths(run))
        there = _source_files(run, folder)
        yield [Pair(left, _link_all(os.path.join(temp, "working"), there))]


def working_dir(run: Run) -> Path:
    """The folder that the run's source code came from. Raises GuildError if it is unknown."""
    op = run.get("op")
    sourcecode = op.get("sourcecode") if isinstance(op, dict) else None
    root = sourcecode.get("root") if isinstance(sourcecode, dict) else None
    opref = run.opref
    if opref is not None and opref.type in ("guildfile", "script"):
        folder = opref.pkg_name
        project = os.path.dirname(folder) if opref.type == "guildfile" else folder
        return Path(os.path.normpath(os.path.join(project, root or ".")))
    if root:
        return Path(root)
    raise GuildError(
        f"run {run.short_id} does not tell where its source code came from - "
        f"name the folder with --dir"
    )


def _guild_files(parts: Parts) -> Iterator[tuple[str, ...]]:
    """Files of ours, in the order in which they are shown."""
    if parts.attrs:
        yield ("attrs",)
    else:
        for wanted, name in ((parts.env, "env"), (parts.flags, "flags"), (parts.deps, "deps")):
            if wanted:
                yield ("attrs", name)
    if parts.output:
        yield ("output",)


def _pair(left: str, right: str) -> Pair:
    return Pair(*(path if os.path.exists(path) else os.devnull for path in (left, right)))


def _path_pair(path: str, left: str, right: str) -> Pair:
    pair = _pair(os.path.join(left, path), os.path.join(right, path))
    if pair.left == pair.right == os.devnull:
        raise GuildError(f"there is no '{path}' on either side - 'guild ls' lists a run's files")
    return pair


# -- Source code: a folder of links to the files, so that any tool can compare folders


def _source_paths(run: Run) -> dict[str, str]:
    """The run's source code files by their paths in the project."""
    return {
        entry.source: os.path.join(run.path, entry.run_path)
        for entry in manifest.read_entries(run.path)
        if entry.kind == "s"
    }


def _linked(temp: str, name: str, run: Run, paths: dict[str, str]) -> str:
    folder = os.path.join(temp, name)
    if os.path.exists(folder):  # a run is compared with itself
        folder += "-"
    return _link_all(folder, paths)


def _link_all(folder: str, paths: dict[str, str]) -> str:
    os.makedirs(folder)
    for path, file in paths.items():
        link = os.path.normpath(os.path.join(folder, path))
        if link.startswith(folder + os.sep) and os.path.isfile(file):
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(file, link)
    return folder


def _source_files(run: Run, folder: Path) -> dict[str, str]:
    """What is source code of the run's operation in `folder` today, by path."""
    from guild.guildfile.sourcecode_def import SourceCodeDef
    from guild.ops.define import resolve
    from guild.ops.stage.sourcecode.file_selection import select_sourcecode

    definition = SourceCodeDef()
    opref = run.opref
    if opref is not None and opref.type == "guildfile" and os.path.isfile(opref.pkg_name):
        guildfile = resolve.load_project(Path(opref.pkg_name).parent)
        opdef = guildfile.get_operation(f"{opref.model}:{opref.op}") if guildfile else None
        definition = (opdef.sourcecode if opdef else None) or definition
    selection = select_sourcecode(folder, definition, environ=os.environ)
    selected: Iterable[str] = (file.path for file in selection.files)
    wanted: Sequence[str] = [*_source_paths(run), *selected]
    return {path: os.path.abspath(folder / path) for path in wanted}
