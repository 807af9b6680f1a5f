"""A cache of inspections, keyed by the content of the files that they read.

A hit costs reading and hashing those files. It imports neither `ast` nor any flag finder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base import files, plain_yaml
from guild.base.digests import sha1
from guild.extend.flag_finder import FLAG_FINDERS, FoundFlags
from guild.flags.flagdef import FlagChoice, FlagDef

if TYPE_CHECKING:
    from guild.plugins.flags.execution.request import Execution

# Part of every key. Increase it when inspection gives other results.
_VERSION = 5

# Fields whose keys are not strings, which the files do not support.
_ENCODINGS = ("arg_encoding", "env_encoding")


def inspect_cached(
    path: Path,
    search_path: Sequence[Path],
    cache_dir: Path,
    dest: str | None = None,
    args: Sequence[str] = (),
    execution: Execution | None = None,
) -> FoundFlags:
    """Return the flags of the script or notebook `path`, from `cache_dir` if possible.

    `search_path`, `dest` and `args` are those of `Program`. An entry is valid while each
    file that was read for it has the same content, each missing file is still missing,
    and the installed flag finders are the same. Invalid entries are replaced, and a
    cache that cannot be written is ignored.

    With `execution` the script is executed until it parses its arguments. If that fails,
    a warning reports the reason, the flags are those found in the source, and the next
    call tries again. These results also depend on the installed packages.

    Raises GuildError as `inspect_program` does.
    """
    environment = _environment_state()
    installed = _installed_finders(cache_dir, environment)
    key = [str(_VERSION), dest or "", *map(os.path.abspath, [path, *search_path]), *args]
    key += [f"{name}={version}" for name, version in installed.items()]
    if execution is not None:
        key += [repr(execution), sys.version, environment]
    digest = _sha1("\0".join(key).encode("utf-8", "surrogateescape"))
    entry = cache_dir / f"{digest}.yml"
    cached = _read(entry)
    if cached is not None:
        return cached
    from guild.extend.program import Program
    from guild.plugins.flags.inspection import inspect_program

    program = Program(path, search_path, dest, args)
    failure = ""
    result = None
    if execution is not None:
        from guild.plugins.flags.execution.probe import ExecutionError, inspect_by_execution

        try:
            result = inspect_by_execution(program, execution)
        except ExecutionError as error:
            failure = (
                f"cannot find the flags of {path.name} by executing it: {error}; "
                "using those found in its source"
            )
    if result is None:
        result = inspect_program(program, tuple(installed))
    if failure:
        return result._replace(warnings=(failure, *result.warnings))
    _write(entry, result, program.files)
    return result


# -- Installed flag finders


def _environment_state() -> str:
    """Return a string that changes when a package is installed, changed or removed."""
    state = [sys.prefix]
    for directory in sys.path:
        if directory.endswith("-packages"):
            try:
                state.append(f"{directory}:{os.stat(directory).st_mtime_ns}")
            except OSError:
                continue
    return "\n".join(state)


def _installed_finders(cache_dir: Path, environment: str) -> dict[str, str]:
    """Return the installed flag finders by name, with the version of each one's package.

    Scanning entry points takes tens of milliseconds, so the result is remembered in
    `cache_dir` until `environment` changes.
    """
    path = cache_dir / "finders" / _sha1(os.fsencode(sys.prefix))
    state = _sha1(os.fsencode(environment))
    try:
        data = _load(path)
        if data["environment"] == state:
            return {str(name): str(version) for name, version in data["finders"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # scan again
    from importlib.metadata import entry_points

    finders = {
        point.name: f"{point.value}@{point.dist.name}=={point.dist.version}" if point.dist else ""
        for point in sorted(entry_points(group=FLAG_FINDERS.group), key=lambda point: point.name)
        if point.name not in FLAG_FINDERS.built_in_names()
    }
    _store(path, {"environment": state, "finders": finders})
    return finders


# -- Entries


def _sha1(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()


def _digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return _sha1(file.read())
    except OSError:
        return None


def _read(entry: Path) -> FoundFlags | None:
    """Return the result stored in `entry`, or None if it is missing, damaged or outdated."""
    try:
        data = _load(entry)
        if any(_digest(path) != digest for path, digest in data["files"].items()):
            return None
        flags = {flag["name"]: _decode_flag(flag) for flag in data["flags"]}
        return FoundFlags(flags, str(data["dest"]), tuple(map(str, data["warnings"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(entry: Path, result: FoundFlags, read: Mapping[Path, bytes | None]) -> None:
    data = {
        "dest": result.dest,
        "warnings": list(result.warnings),
        "flags": [_encode_flag(flag) for flag in result.flags.values()],
        "files": {
            str(path): None if content is None else _sha1(content) for path, content in read.items()
        },
    }
    _store(entry, data)


# Files are YAML. Their plain subset needs no parser; JSON is the form of YAML for all other values.


def _load(path: Path) -> Any:
    """Return the content of a file. Raises OSError, and ValueError if it is damaged."""
    text = path.read_text("utf-8")
    if not text.startswith("{"):
        return plain_yaml.load(text)
    import json

    return json.loads(text)


def _store(path: Path, data: object) -> None:
    try:
        text = plain_yaml.dump(data)
    except plain_yaml.NotPlain:
        import json

        text = json.dumps(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(path, text.encode())
    except OSError:  # a full disk or a read-only home costs time, not the run
        return


def _decode_flag(data: Mapping[str, Any]) -> FlagDef:
    choices = tuple(FlagChoice(**choice) for choice in data.get("choices", ()))
    encodings = {field: dict(data[field]) for field in _ENCODINGS if field in data}
    return FlagDef(**{**data, **encodings, "choices": choices})


def _encode_flag(flag: FlagDef) -> dict[str, Any]:
    """Return the fields of `flag` that differ from their defaults, as plain data."""
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
