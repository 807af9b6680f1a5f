"""A project's config file as flags, and a run's as their values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from guild.base import files
from guild.base.digests import sha1
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.arguments import encode, split_value
from guild.flags.flagdef import FlagDef
from guild.ops.define.config_file.paths import flatten
from guild.runs.manifest import ManifestEntry

DEST = "config:"

_FORMATS = {
    ".yml": "yaml_format",
    ".yaml": "yaml_format",
    ".json": "json_format",
    ".toml": "toml_format",
    ".ini": "ini_format",
    ".cfg": "ini_format",
}


def config_path(flags_dest: str) -> str | None:
    """The PATH of `config:PATH`, relative to the project and to a run; None for another
    destination. Raises GuildError for one that leads out of the project."""
    if not flags_dest.startswith(DEST):
        return None
    path = os.path.normpath(flags_dest[len(DEST) :])
    if os.path.isabs(path) or path.split(os.sep)[0] in (os.curdir, os.pardir, ".guild"):
        raise GuildError(f"flags-dest '{flags_dest}': the path has to be one in the project")
    return path


def read_flags(project_dir: Path, path: str) -> dict[str, FlagDef]:
    """The values of the config file as flags, nested ones as `a.b`, in the file's order.

    A value that is no number, text, boolean, null or list of those is none.
    Raises GuildError for a file that is missing or cannot be read.
    """
    values = _values(project_dir / path, path)
    found = {}
    for name, value in values.items():
        flag = _flag(name, value)
        if flag is not None:
            found[name] = flag._replace(source=path)
    return found


def write(
    base: Path,
    run_dir: Path,
    path: str,
    flags: Mapping[str, Any],
    defs: Mapping[str, FlagDef],
) -> ManifestEntry:
    """Write the config file `path` of a run: the file at `base` with the values of `flags`.

    What a flag does not change keeps its form. The result is its line of the
    manifest. Raises GuildError for a file that is missing or cannot be read, and for a
    flag that it cannot hold; OSError where the run directory cannot be written.
    """
    text = _text(base, path)
    before = _flattened(text, path)
    changes = {
        name: value
        for name, value in _settings(flags, defs).items()
        if not _same(before.get(name, ...), value) and (name in before or value is not None)
    }
    if changes:
        try:
            text = _format(path).changed(text, changes)
        except (ValueError, GuildError) as error:
            raise _invalid(path, error) from None
    data = text.encode("utf-8", "surrogateescape")
    target = run_dir / path
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(target, data)
    return ManifestEntry("d", path, sha1(data).hexdigest(), f"{DEST}{path}")


# -- Files


def _format(path: str) -> ModuleType:
    from importlib import import_module

    suffix = Path(path.removesuffix(".in")).suffix.lower()
    if suffix not in _FORMATS:
        raise GuildError(
            f"config file '{path}' is of an unknown format - "
            f"use one of {', '.join(f'*{known}' for known in _FORMATS)}"
        )
    return import_module(f"guild.ops.define.config_file.{_FORMATS[suffix]}")


def _text(file: Path, path: str) -> str:
    try:
        text = files.read_text(file)
    except OSError as error:
        raise GuildError(f"cannot read config file '{path}': {error.strerror}") from None
    if text is None:
        raise GuildError(f"config file '{path}' does not exist in {file.parent}")
    return text


def _values(file: Path, path: str) -> dict[str, Any]:
    return _flattened(_text(file, path), path)


def _flattened(text: str, path: str) -> dict[str, Any]:
    format_ = _format(path)
    try:
        values = format_.values(text)
        if values is None:
            return {}
        if not isinstance(values, Mapping):
            raise ValueError(f"expected a mapping, got a {type(values).__name__}")
        return flatten(values)
    except (ValueError, GuildError) as error:
        raise _invalid(path, error) from None


def _invalid(path: str, error: Exception) -> GuildError:
    return GuildError(f"config file '{path}': {' '.join(str(error).split())}")


# -- Values


def _flag(name: str, value: Any) -> FlagDef | None:
    if isinstance(value, list):
        if not all(_is_plain(item) for item in value):
            return None
        return FlagDef(name, default=list(value), arg_split=True)
    if not _is_plain(value):
        return None
    number = _number(value)
    if number is not None:
        return FlagDef(name, default=number, type="number")
    return FlagDef(name, default=value, type=_TYPES[type(value)])


_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): None}


def _is_plain(value: Any) -> bool:
    return type(value) in _TYPES


def _number(value: Any) -> float | None:
    from guild.ops.define.config_file.yaml_format import as_number

    return as_number(value) if isinstance(value, str) else None


def _settings(flags: Mapping[str, Any], defs: Mapping[str, FlagDef]) -> dict[str, Any]:
    """The values of the flags by their names in the file; a text such as `1 2 3` is a list
    where the flag says so. Raises GuildError for one whose quotes do not match."""
    found = {}
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        if flag.arg_skip:
            continue
        value = encode(value, flag.arg_encoding)
        if flag.arg_split and isinstance(value, str):
            words = split_value(value, flag)
            value = [flag_values.decode(word, FlagDef("")) for word in words]
        found[flag.arg_name or name] = value
    return found


def _same(old: Any, new: Any) -> bool:
    """Whether a file that has `old` says `new` already: `1` is no `true`."""
    number = _number(old)
    if number is not None and isinstance(new, float):
        return number == new
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return type(old) is type(new) and bool(old == new)
