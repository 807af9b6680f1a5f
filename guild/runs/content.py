"""What is in a run directory, as it is to be put somewhere else."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Entry(NamedTuple):
    """One thing in a run directory.

    Attributes:
        kind: `other` is what cannot be copied: a socket, a pipe, a device, a link that
            leads nowhere in place of what it should lead to.
        path: relative to the run directory, `/` between names.
        source: the full path of a folder or file; the text of a link, good in any
            folder of runs that the run is put into.
    """

    kind: Literal["folder", "file", "link", "other"]
    path: str
    source: str


def list_entries(run_dir: str, *, follow: bool) -> Iterator[Entry]:
    """The folders, files and links in `run_dir`, a folder before what is in it.

    A link that leads out of the run, such as one to a data set, stays one to the same
    place, unless `follow` is true: then it is what it leads to. A link to another run
    beside this one, as a batch has them of its trials, stays such a link in any case.
    Raises OSError for a folder that cannot be read.
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
    if stat.S_ISDIR(mode) and real not in entered:  # links can go round in circles
        yield Entry("folder", path, source)
        yield from _in_folder(run_dir, source, f"{path}/", follow, {*entered, real})
    else:
        yield Entry("file" if stat.S_ISREG(mode) else "other", path, source)


def _link_text(link: str, run_dir: str) -> str:
    """The text of a link once its run is elsewhere: absolute if it leads out of the run, but
    for one to the directory of another run beside it."""
    text = os.readlink(link)
    folder = os.path.dirname(link)
    target = os.path.normpath(os.path.join(folder, text))
    inside = target == run_dir or target.startswith(run_dir + os.sep)
    if inside or os.path.dirname(target) == os.path.dirname(run_dir):
        return os.path.relpath(target, folder) if os.path.isabs(text) else text
    return target


def copy_run(run_dir: str, target: str, *, follow: bool, link_files: bool = False) -> list[str]:
    """Copy the run directory `run_dir` to `target`, which must not exist.

    With `link_files` a file becomes another name of the same file where the file system
    can do that: for a run that is moved. The result are the paths that could not be
    copied, see `Entry.kind`. Raises OSError; then some of it is there.
    """
    left_out = []
    folders = [(run_dir, target)]
    os.makedirs(target)
    for entry in list_entries(run_dir, follow=follow):
        there = os.path.join(target, entry.path)
        if entry.kind == "folder":
            os.mkdir(there)
            folders.append((entry.source, there))
        elif entry.kind == "file":
            _copy_file(entry.source, there, link_files)
        elif entry.kind == "link":
            os.symlink(entry.source, there)
        else:
            left_out.append(entry.path)
    for source, there in reversed(folders):
        shutil.copystat(source, there)
    return left_out


def _copy_file(source: str, target: str, link: bool) -> None:
    if link:
        try:
            os.link(source, target)
        except OSError:  # on another file system, or one without hard links
            pass
        else:
            return
    shutil.copy2(source, target)
