"""Config files: read as flags from the project, written with their values to a run."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from guild.base import files
from guild.base.digests import sha1
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.arguments import encode, split_value
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef, SourceDef
from guild.ops.define.config_file.paths import flatten
from guild.runs.manifest import ManifestEntry

if TYPE_CHECKING:
    from types import ModuleType

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
    """Return PATH of `config:PATH`, or None for another destination.

    The path is relative to the project and to a run. Raises GuildError if it leads out of them.
    """
    if not flags_dest.startswith(DEST):
        return None
    path = os.path.normpath(flags_dest[len(DEST) :])
    if os.path.isabs(path) or path.split(os.sep)[0] in (os.curdir, os.pardir, ".guild"):
        raise GuildError(f"invalid flags-dest '{flags_dest}': the path must be inside the project")
    return path


def with_config_file(requires: tuple[ResourceDef, ...], flags_dest: str) -> tuple[ResourceDef, ...]:
    """Return `requires` with the file of `config:PATH`, unless it is among them already.

    Raises GuildError as `config_path` does.
    """
    path = config_path(flags_dest)
    required = (source for resource in requires for source in resource.sources)
    if path is None or any(
        source.kind == "config" and os.path.normpath(source.target) == path for source in required
    ):
        return requires
    source = SourceDef(
        "config",
        flags_dest[len(DEST) :],
        target_path=os.path.dirname(path) or None,
        replace_existing=True,
        always_resolve=True,
    )
    return (*requires, ResourceDef(flags_dest, (source,)))


def read_config_flags(project_dir: str | os.PathLike[str], path: str) -> dict[str, FlagDef]:
    """Return the values of the config file as flags, nested ones as `a.b`, in the file's order.

    Values other than numbers, strings, booleans, null and lists of these are ignored.
    Raises GuildError if the file does not exist or cannot be read.
    """
    values = _flatten_text(_read_file(os.path.join(project_dir, path), path), path)
    flags = {name: _flag(name, value) for name, value in values.items()}
    has_types = _has_types(path)
    return {
        name: flag._replace(source=path, type=flag.type if has_types else None)
        for name, flag in flags.items()
        if flag is not None
    }


def write_config(
    base: str,
    run_dir: str,
    path: str,
    flags: Mapping[str, Any],
    defs: Mapping[str, FlagDef],
    user_flags: Collection[str] = (),
) -> ManifestEntry:
    """Write the config file `path` of a run, which is the file `base` with the values of `flags`.

    Everything that no flag changes keeps its form, as do the values of flags without a default
    that are not in `user_flags`. Return the entry for the manifest.
    Raises GuildError if `base` does not exist, cannot be read or cannot hold a flag. Raises
    OSError if the run directory cannot be written.
    """
    text = _read_file(base, path)
    before = _flatten_text(text, path)
    changes = {
        name: value
        for name, value in _settings(flags, defs, user_flags).items()
        if not _is_same(before.get(name, ...), value) and (name in before or value is not None)
    }
    if changes:
        try:
            text = _format(path).changed(text, changes)
        except (ValueError, GuildError) as error:
            raise _invalid(path, error) from None
    data = text.encode("utf-8", "surrogateescape")
    target = os.path.join(run_dir, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    files.write_atomic(target, data)
    return ManifestEntry("d", path, sha1(data).hexdigest(), f"{DEST}{path}")


# -- Files


def _suffix(path: str) -> str:
    return os.path.splitext(path.removesuffix(".in"))[1].lower()


def _has_types(path: str) -> bool:
    """Return whether the format has types of values. Those of an INI file are strings."""
    return _FORMATS.get(_suffix(path)) != "ini_format"


def _format(path: str) -> ModuleType:
    from importlib import import_module

    suffix = _suffix(path)
    if suffix not in _FORMATS:
        raise GuildError(f"unsupported format of config file '{path}' (use {', '.join(_FORMATS)})")
    return import_module(f"guild.ops.define.config_file.{_FORMATS[suffix]}")


def _read_file(file: str, path: str) -> str:
    try:
        text = files.read_text(file)
    except OSError as error:
        raise GuildError(f"cannot read config file '{path}': {error.strerror}") from None
    if text is None:
        raise GuildError(f"config file '{path}' not found in {os.path.dirname(file)}")
    return text


def _flatten_text(text: str, path: str) -> dict[str, Any]:
    format_ = _format(path)
    try:
        values = format_.values(text)
        if values is None:
            return {}
        if not isinstance(values, Mapping):
            raise ValueError(f"expected a mapping but got a {type(values).__name__}")
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


def _settings(
    flags: Mapping[str, Any], defs: Mapping[str, FlagDef], user_flags: Collection[str]
) -> dict[str, Any]:
    """Return the values of the flags by their names in the file.

    A string such as `1 2 3` is split into a list if the flag is defined so. Raises GuildError if
    its quotes do not match.
    """
    settings = {}
    for name, value in flags.items():
        flag = defs.get(name, FlagDef(name))
        is_unset = value is None and flag.default is None and name not in user_flags
        if flag.arg_skip or is_unset:
            continue
        value = encode(value, flag.arg_encoding)
        if flag.arg_split and isinstance(value, str):
            words = split_value(value, flag)
            value = [flag_values.decode(word, FlagDef("")) for word in words]
        settings[flag.arg_name or name] = value
    return settings


def _is_same(old: Any, new: Any) -> bool:
    """Return whether a value of a file equals `new` and has its type: `1` is not `true`."""
    number = _number(old)
    if number is not None and isinstance(new, float):
        return number == new
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_is_same, old, new))
    return type(old) is type(new) and bool(old == new)
