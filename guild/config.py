"""Where things are: Guild's home and the user's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any

from guild.base import files, yaml
from guild.base.errors import GuildError

# The homes that `with SetGuildHome(...)` blocks around the code that runs have set, the
# innermost last. A thread has its own, so that threads can use several homes at a time.
_homes: ContextVar[tuple[Path, ...]] = ContextVar("guild_homes", default=())

# Those of the main thread, for threads that are in no block of their own.
_main_homes: list[Path] = []

_process_home: Path | None = None  # what `set_guild_home` has set


def guild_home(
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    *,
    must_exist: bool = True,
) -> Path:
    """The home in use, absolute: one set by `SetGuildHome` or `set_guild_home`, else
    `GUILD_HOME` (`-H`), else a `.guild` folder in `cwd` or above it, else `~/.guild`.

    Raises GuildError for one that `GUILD_HOME` names but that is missing, if it `must_exist`.
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
                f"Guild home {str(home)!r} (from GUILD_HOME) does not exist - "
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
    """Use `path` as the Guild home within a `with` block, as often as you like.

    It holds for the thread (the context, see `contextvars`) that entered the block, and a
    block of the main thread for threads that are in none. A relative path is taken from the
    current directory at the time of the call. A home that is missing is empty, and is made
    by the first run.
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
        if _in_main_thread():  # whose tasks may end their blocks in any order
            _main_homes.reverse()
            _main_homes.remove(self.path)
            _main_homes.reverse()


def set_guild_home(path: str | os.PathLike[str] | None) -> None:
    """Use `path` as the Guild home from now on, in all threads, but within blocks of
    `SetGuildHome`; with None what it would be without. Otherwise as `SetGuildHome`.
    """
    global _process_home
    _process_home = None if path is None else _absolute(path)


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def user_config(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The mapping in `GUILD_CONFIG`, else `~/.guild/config.yml`; empty without a file.

    The first time, what is unknown in it is a warning. Raises GuildError where the file is no
    YAML mapping.
    """
    environ = os.environ if environ is None else environ
    path = Path(environ.get("GUILD_CONFIG") or Path.home() / ".guild" / "config.yml")
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
        raise GuildError(f"{path}: expected a mapping, got {type(data).__name__}")
    if path not in _looked_through:
        _looked_through.add(path)
        _warn_of_unknown(path, data)
    return data


# What may be said, and in it; None where that is for its readers to check. Guild AI keeps
# `remotes` in the same file.
_SETTINGS: dict[str, tuple[str, ...] | None] = {
    "kill-delay": None,
    "system-metrics": None,
    "diff": ("command",),
    "remotes": None,
}
_looked_through: set[Path] = set()


def _warn_of_unknown(path: Path, data: Mapping[Any, Any]) -> None:
    unknown = [("", name, tuple(_SETTINGS)) for name in data if name not in _SETTINGS]
    for name, inner in _SETTINGS.items():
        if inner is not None and isinstance(data.get(name), Mapping):
            unknown += [(f"{name}: ", one, inner) for one in data[name] if one not in inner]
    for where, name, known in unknown:
        from guild.base import log
        from guild.base.text import did_you_mean

        hint = did_you_mean(str(name), known)
        log.warning(f"{path}: {where}unknown setting '{name}'{hint}")
