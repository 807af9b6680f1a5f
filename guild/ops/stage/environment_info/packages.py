"""Installed packages of an interpreter, listed without starting pip."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator

from guild.base import files
from guild.base.digests import md5
from guild.base.named_tuple import NamedTuple
from guild.base.secrets import redact

# `pip freeze` omits these, since they come with an environment.
_OF_PIP = frozenset(
    ("pip",) if sys.version_info >= (3, 12) else ("pip", "setuptools", "wheel", "distribute")
)
# These are not compiled on import, since the list is usually cached.
_NAME = rb"(?m)^Name: *(.+?) *\r?$"
_VERSION = rb"(?m)^Version: *(.+?) *\r?$"
_HEAD_SIZE = 4096


class _Package(NamedTuple):
    name: str
    version: str
    folder: str


def installed_packages(
    search_path: Iterable[str] | None = None, cache_dir: str | None = None
) -> list[str]:
    """Return the lines of `pip freeze` for an interpreter with `search_path`, sorted by name.

    A line is `NAME==VERSION`, `NAME @ URL` for a package installed from a URL, or `-e PATH` for
    an editable project. `search_path` defaults to `sys.path`. With `cache_dir`, the result is
    cached there until a directory of the path changes.
    """
    folders = list(sys.path if search_path is None else search_path)
    if cache_dir is None:
        return _scan(folders)
    key = _state_of(folders)
    name = md5(os.fsencode(sys.prefix), usedforsecurity=False).hexdigest()
    entry = os.path.join(cache_dir, name)
    cached = files.read_text(entry)
    if cached is not None and cached.startswith(key):
        return cached[len(key) :].splitlines()
    packages = _scan(folders)
    with contextlib.suppress(OSError):  # an unwritable home is reported elsewhere
        os.makedirs(cache_dir, exist_ok=True)
        text = key + "\n".join(packages)
        files.write_atomic(entry, text.encode("utf-8", "surrogateescape"))
    return packages


def _state_of(folders: Iterable[str]) -> str:
    """Return a line that changes when a package is installed to or removed from `folders`."""
    state = []
    for folder in folders:
        try:
            state.append(f"{folder}:{os.stat(folder or os.curdir).st_mtime_ns}")
        except OSError:
            state.append(f"{folder}:-")
    return repr(state) + "\n"


def _scan(folders: Iterable[str]) -> list[str]:
    lines: dict[str, str] = {}
    for folder in folders:
        for package in _packages_in(folder):
            key = re.sub(r"[-_.]+", "-", package.name).lower()
            if key not in lines and key not in _OF_PIP:  # Python imports the first on the path
                lines[key] = _line(package)
    return [line for _, line in sorted(lines.items())]


def _packages_in(folder: str) -> Iterator[_Package]:
    try:
        names = os.listdir(folder or os.curdir)
    except OSError:  # a zip file, or a directory that does not exist
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith(".dist-info"):
            metadata = f"{path}/METADATA"
        elif name.endswith((".egg-info", ".egg-link")):
            metadata = f"{path}/PKG-INFO" if os.path.isdir(path) else path
        else:
            continue
        package = _read_metadata(metadata, path)
        if package is not None:
            yield package


def _read_metadata(metadata: str, folder: str) -> _Package | None:
    """Read name and version from the head of a metadata file, or return None without both."""
    try:
        fd = os.open(metadata, os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = os.read(fd, _HEAD_SIZE)
        finally:
            os.close(fd)
    except OSError:
        return None
    name, version = re.search(_NAME, head), re.search(_VERSION, head)
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
    """Return the line for a package with a `direct_url.json`.

    For the format see packaging.python.org, "Direct URL".
    """
    import json

    try:
        origin = json.loads(data)
        url = redact(str(origin["url"]))
        vcs = origin.get("vcs_info")
        if vcs is not None:
            return f"{package.name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
        if origin.get("dir_info", {}).get("editable"):
            from urllib.parse import unquote  # slow to import, and rarely needed

            return f"-e {unquote(url.removeprefix('file://'))}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{package.name}=={package.version}"
    return f"{package.name} @ {url}"
