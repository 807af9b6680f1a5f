"""Inspections that were made before, by the content of the files they read.

A hit costs reading and hashing those files: neither `ast` nor anything else
that inspection needs is imported for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from guild.base import files
from guild.base.digests import sha1
from guild.flags.flagdef import FlagChoice, FlagDef
from guild.plugins.python_flags.result import Execution, ImportedFlags

# Part of every key; to be raised when inspection finds more or other things.
_VERSION = 3

# Fields that are mappings from any value.
_ENCODINGS = ("arg_encoding", "env_encoding")


def cached_inspect_script(
    path: Path,
    search_path: Sequence[Path],
    cache_dir: Path,
    dest: str | None = None,
    args: Sequence[str] = (),
    execution: Execution | None = None,
) -> ImportedFlags:
    """`inspect_script`, remembered in `cache_dir`, which is made if it is missing.

    An entry holds while the script and each project file that was read for it
    have the same content, and those that were looked for are still missing. A
    damaged entry is made anew; a cache that cannot be written is done without.
    With `execution` the script is executed up to where it parses its arguments. Where that
    fails, a warning tells why, the flags are those found by reading, and it is tried again
    the next time. What it finds holds as long as the installed packages are the same, too.

    Raises what `inspect_script` does.
    """
    key = _key(path, search_path, dest, args, execution)
    entry = cache_dir / f"{key}.json"
    hit = _read(entry)
    if hit is not None:
        return hit
    from guild.plugins.python_flags.script import inspect_files

    problem = ""
    if execution is not None:
        from guild.plugins.python_flags.executed import ExecutionError, execute_files

        try:
            result, read = execute_files(path, search_path[0], dest, args, execution)
        except ExecutionError as error:
            problem = f"{path.name} was executed to find its flags, but {error}"
        else:
            _write(entry, result, read)
            return result
    result, read = inspect_files(path, search_path, dest, args)
    if problem:
        return result._replace(warnings=(problem, *result.warnings))
    _write(entry, result, read)
    return result


def _key(
    path: Path,
    search_path: Sequence[Path],
    dest: str | None,
    args: Sequence[str],
    execution: Execution | None,
) -> str:
    places = map(os.path.abspath, [path, *search_path])
    words = [str(_VERSION), dest or "", *places, *args]
    if execution is not None:
        words += [repr(execution), sys.version, *_installed()]
    return _sha1("\0".join(words).encode("utf-8", "surrogateescape"))


def _installed() -> Iterator[str]:
    """What changes when a package is installed or removed."""
    for folder in sys.path:
        if folder.endswith("-packages"):
            with contextlib.suppress(OSError):
                yield f"{folder}:{os.stat(folder).st_mtime_ns}"


def _sha1(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()


def _digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return _sha1(file.read())
    except OSError:
        return None


def _read(entry: Path) -> ImportedFlags | None:
    """The result in the file `entry`; None if there is none that still holds."""
    try:
        data = json.loads(entry.read_bytes())
        if any(_digest(path) != digest for path, digest in data["files"].items()):
            return None
        flags = {flag["name"]: _flag(flag) for flag in data["flags"]}
        return ImportedFlags(str(data["dest"]), flags, tuple(map(str, data["warnings"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _flag(data: Mapping[str, Any]) -> FlagDef:
    choices = tuple(FlagChoice(**choice) for choice in data.get("choices", ()))
    encodings = {field: dict(data[field]) for field in _ENCODINGS if field in data}
    return FlagDef(**{**data, **encodings, "choices": choices})


def _write(entry: Path, result: ImportedFlags, read: Mapping[Path, bytes | None]) -> None:
    data = {
        "dest": result.dest,
        "warnings": result.warnings,
        "flags": [_flag_data(flag) for flag in result.flags.values()],
        "files": {
            str(path): None if content is None else _sha1(content) for path, content in read.items()
        },
    }
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(entry, json.dumps(data).encode())
    except OSError:  # a full disk or a read-only home costs time, not the run
        return


def _flag_data(flag: FlagDef) -> dict[str, Any]:
    """The fields of `flag` that are said, a dict that JSON keeps."""
    data = {
        name: value
        for name, value in flag._asdict().items()
        if name == "name" or value != FlagDef._field_defaults[name]
    }
    if flag.choices:
        data["choices"] = [choice._asdict() for choice in flag.choices]
    for field in _ENCODINGS:
        if field in data:
            data[field] = list(data[field].items())
    return data
