"""The packages that are installed for an interpreter, read without starting pip."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from guild.base import files
from guild.base.digests import md5
from guild.ops.stage.environment_info.secrets import redact

# what `pip freeze` leaves out, as it comes with an environment
_OF_PIP = frozenset(
    ("pip",) if sys.version_info >= (3, 12) else ("pip", "setuptools", "wheel", "distribute")
)
_NAME = re.compile(rb"^Name: *(.+?) *\r?$", re.MULTILINE)
_VERSION = re.compile(rb"^Version: *(.+?) *\r?$", re.MULTILINE)
_SEPARATORS = re.compile(r"[-_.]+")
_HEAD_SIZE = 4096


class _Package(NamedTuple):
    name: str
    version: str
    folder: str


def installed_packages(
    search_path: Iterable[str] | None = None, cache_dir: Path | None = None
) -> list[str]:
    """The lines of `pip freeze` for an interpreter with `search_path`, sorted by name.

    A line is `NAME==VERSION`, `NAME @ URL` for what was installed from one, and `-e PATH` for
    a project that is installed editable. `search_path` is `sys.path` unless given. With
    `cache_dir`, the result is remembered there until a folder of the path changes.
    """
    folders = list(sys.path if search_path is None else search_path)
    if cache_dir is None:
        return _scan(folders)
    key = _state_of(folders)
    entry = cache_dir / md5(os.fsencode(sys.prefix), usedforsecurity=False).hexdigest()
    remembered = files.read_text(entry)
    if remembered is not None and remembered.startswith(key):
        return remembered[len(key) :].splitlines()
    packages = _scan(folders)
    with contextlib.suppress(OSError):  # a home that cannot be written is told elsewhere
        cache_dir.mkdir(parents=True, exist_ok=True)
        text = key + "\n".join(packages)
        files.write_atomic(entry, text.encode("utf-8", "surrogateescape"))
    return packages


def _state_of(folders: Iterable[str]) -> str:
    """What changes when something is installed to or removed from one of `folders`, as a line."""
    state = []
    for folder in folders:
        try:
            state.append(f"{folder}:{os.stat(folder or os.curdir).st_mtime_ns}")
        except OSError:
            state.append(f"{folder}:-")
    return repr(state) + "\n"


def _scan(folders: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for folder in folders:
        for package in _packages_in(folder):
            key = _SEPARATORS.sub("-", package.name).lower()
            if key not in found and key not in _OF_PIP:  # the first on the path is imported
                found[key] = _line(package)
    return [line for _, line in sorted(found.items())]


def _packages_in(folder: str) -> Iterator[_Package]:
    try:
        names = os.listdir(folder or os.curdir)
    except OSError:  # a zip file, or a folder that is not there
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith(".dist-info"):
            metadata = f"{path}/METADATA"
        elif name.endswith((".egg-info", ".egg-link")):
            metadata = f"{path}/PKG-INFO" if os.path.isdir(path) else path
        else:
            continue
        package = _read(metadata, path)
        if package is not None:
            yield package


def _read(metadata: str, folder: str) -> _Package | None:
    """Name and version by the head of a metadata file; None if it has none."""
    try:
        fd = os.open(metadata, os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = os.read(fd, _HEAD_SIZE)
        finally:
            os.close(fd)
    except OSError:
        return None
    name, version = _NAME.search(head), _VERSION.search(head)
    if name is None or version is None:
        return None
    return _Package(
        name[1].decode("utf-8", "replace"), version[1].decode("utf-8", "replace"), folder
    )


def _line(package: _Package) -> str:
    try:
        with open(f"{package.folder}/direct_url.json", "rb") as file:
            data = file.read()
    except OSError:
        return f"{package.name}=={package.version}"
    return _direct_line(package, data)


def _direct_line(package: _Package, data: bytes) -> str:
    """The line for a package with a `direct_url.json` (packaging.python.org, "Direct URL")."""
    import json

    try:
        origin = json.loads(data)
        url = redact(str(origin["url"]))
        vcs = origin.get("vcs_info")
        if vcs is not None:
            return f"{package.name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
        if origin.get("dir_info", {}).get("editable"):
            from urllib.parse import unquote  # slow to import, and this is rare

            return f"-e {unquote(url.removeprefix('file://'))}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{package.name}=={package.version}"
    return f"{package.name} @ {url}"
