"""The content of a run directory, listed and copied."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Entry(NamedTuple):
    """A directory, file or link in a run directory.

    Attributes:
        kind: `other` cannot be copied: a socket, pipe or device, or a broken link to follow.
        path: the path relative to the run directory, with `/` between names.
        source: the full path of a directory or file, or the target of a link, which holds
            for any directory of runs.
    """

    kind: Literal["folder", "file", "link", "other"]
    path: str
    source: str


def list_entries(run_dir: str, *, follow: bool) -> Iterator[Entry]:
    """Yield the entries of `run_dir`, each directory before its content.

    A link out of the run, such as one to a dataset, keeps its target; with `follow` the entry is
    the target itself. A link to another run in the same directory, such as a trial of a batch,
    is always a link. Raises OSError if a directory cannot be read.
    """
    yield from _in_folder(run_dir, run_dir, "", follow, {os.path.realpath(run_dir)})


def _in_folder(
    run_dir: str, folder: str, prefix: str, follow: bool, entered: set[str]
) -> Iterator[Entry]:
    for item in sorted(os.scandir(folder), key=lambda item: item.name):
        path = f"{prefix}{item.name}"
        source = item.path
        if item.is_symlink():
            text = _link_text(source, run_dir)
            if not (follow and os.path.isabs(text)):
                yield Entry("link", path, text)
                continue
            source = os.path.realpath(source)
        yield from _followed(run_dir, source, path, follow, entered)


def _followed(
    run_dir: str, source: str, path: str, follow: bool, entered: set[str]
) -> Iterator[Entry]:
    try:
        mode = os.stat(source).st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = 0
    real = os.path.realpath(source)
    if stat.S_ISDIR(mode) and real not in entered:  # links can form a cycle
        yield Entry("folder", path, source)
        yield from _in_folder(run_dir, source, f"{path}/", follow, {*entered, real})
    else:
        yield Entry("file" if stat.S_ISREG(mode) else "other", path, source)


def _link_text(link: str, run_dir: str) -> str:
    """Return the target of a link after its run has been moved.

    It is absolute if it is outside the run, unless it is another run in the same directory.
    """
    text = os.readlink(link)
    folder = os.path.dirname(link)
    target = os.path.normpath(os.path.join(folder, text))
    inside = target == run_dir or target.startswith(run_dir + os.sep)
    if inside or os.path.dirname(target) == os.path.dirname(run_dir):
        return os.path.relpath(target, folder) if os.path.isabs(text) else text
    return target


def copy_run(run_dir: str, target: str, *, follow: bool, link_files: bool = False) -> list[str]:
    """Copy `run_dir` to `target`, which must not exist; return the paths that cannot be copied.

    With `link_files`, files become hard links where the file system supports them, for a run
    that is moved. Raises OSError, after which `target` may be incomplete.
    """
    left_out = []
    folders = [(run_dir, target)]
    os.makedirs(target)
    for entry in list_entries(run_dir, follow=follow):
        copied = os.path.join(target, entry.path)
        if entry.kind == "folder":
            os.mkdir(copied)
            folders.append((entry.source, copied))
        elif entry.kind == "file":
            _copy_file(entry.source, copied, link_files)
        elif entry.kind == "link":
            os.symlink(entry.source, copied)
        else:
            left_out.append(entry.path)
    for source, copied in reversed(folders):
        shutil.copystat(source, copied)
    return left_out


def _copy_file(source: str, target: str, link: bool) -> None:
    if link:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without hard links
            pass
        else:
            return
    shutil.copy2(source, target)
