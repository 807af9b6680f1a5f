"""The Guild home and the user's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any

from guild.base import files, yaml
from guild.base.errors import GuildError

# Homes set by enclosing `with SetGuildHome(...)` blocks, innermost last. Each thread has its own
# stack, so that threads can use different homes at a time.
_homes: ContextVar[tuple[Path, ...]] = ContextVar("guild_homes", default=())

# The stack of the main thread, for threads without a block of their own.
_main_homes: list[Path] = []

_process_home: Path | None = None  # set by `set_guild_home`


def guild_home(
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    *,
    must_exist: bool = True,
) -> Path:
    """Return the absolute path of the Guild home.

    In this order: a home set by `SetGuildHome` or `set_guild_home`, `GUILD_HOME` (`-H`), a
    `.guild` directory in `cwd` or above it, `~/.guild`. With `must_exist`, raises GuildError
    if the directory in `GUILD_HOME` does not exist.
    """
    environ = os.environ if environ is None else environ
    if homes := _homes.get():
        return homes[-1]
    if _main_homes:
        return _main_homes[-1]
    if _process_home is not None:
        return _process_home
    if named := environ.get("GUILD_HOME"):
        home = _absolute(named)
        if must_exist and not home.is_dir():
            raise GuildError(
                f"Guild home {str(home)!r} (from GUILD_HOME) does not exist; "
                f"create it or choose another with -H"
            )
        return home
    here = Path(os.getcwd() if cwd is None else cwd)
    for folder in (here, *here.parents):
        candidate = folder / ".guild"
        if candidate.is_dir() and not (folder / ".guild" / "attrs").is_dir():
            return candidate
    return Path.home() / ".guild"


def _absolute(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.abspath(Path(path).expanduser()))


class SetGuildHome:
    """A reusable `with` block that uses `path` as the Guild home.

    The home applies to the thread (the context, see `contextvars`) that enters the block. A block
    of the main thread also applies to threads without a block. A relative path is resolved when
    the object is created. A missing home is empty; the first run creates it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _absolute(path)

    def __enter__(self) -> SetGuildHome:
        _homes.set((*_homes.get(), self.path))
        if _in_main_thread():
            _main_homes.append(self.path)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _homes.set(_homes.get()[:-1])
        if _in_main_thread():  # its asyncio tasks may leave their blocks in any order
            _main_homes.reverse()
            _main_homes.remove(self.path)
            _main_homes.reverse()


def set_guild_home(path: str | os.PathLike[str] | None) -> None:
    """Use `path` as the Guild home in all threads, except in `SetGuildHome` blocks.

    None restores the default. Paths are handled as in `SetGuildHome`.
    """
    global _process_home
    _process_home = None if path is None else _absolute(path)


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def user_config(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the mapping in `GUILD_CONFIG`, else in `guild-config.yml` of the current directory,
    else in `~/.guild/config.yml`; empty without a file.

    The first call warns about unknown settings. Raises GuildError if the file is not a YAML
    mapping.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("GUILD_CONFIG")
    path = Path(named or os.path.abspath("guild-config.yml"))
    if not named and not path.is_file():
        path = Path.home() / ".guild" / "config.yml"
    text = files.read_text(path)
    if text is None:
        return {}
    try:
        data = yaml.load(text)
    except yaml.YAMLError as error:
        raise GuildError(f"{path}: invalid YAML: {' '.join(str(error).split())}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise GuildError(f"{path}: expected a mapping but got {type(data).__name__}")
    if path not in _checked_files:
        _checked_files.add(path)
        _warn_about_unknown(path, data)
    return data


# Settings and their inner names; None if the reader checks the value. Guild AI keeps `remotes`
# in the same file.
_SETTINGS: dict[str, tuple[str, ...] | None] = {
    "kill-delay": None,
    "system-metrics": None,
    "diff": ("command",),
    "git": ("executable",),
    "remotes": None,
}
_checked_files: set[Path] = set()


def _warn_about_unknown(path: Path, data: Mapping[Any, Any]) -> None:
    unknown = [("", name, tuple(_SETTINGS)) for name in data if name not in _SETTINGS]
    for name, inner in _SETTINGS.items():
        if inner is not None and isinstance(data.get(name), Mapping):
            unknown += [(f"{name}: ", key, inner) for key in data[name] if key not in inner]
    for prefix, name, supported in unknown:
        from guild.base import log
        from guild.base.text import did_you_mean

        hint = did_you_mean(str(name), supported)
        log.warning(f"{path}: {prefix}unknown setting '{name}'{hint}")
