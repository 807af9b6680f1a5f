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


def guild_home(
    environ: Mapping[str, str] | None = None, cwd: str | os.PathLike[str] | None = None
) -> Path:
    """The home in use, absolute: one set by `SetGuildHome` (`-H`), else `GUILD_HOME`,
    else a `.guild` folder in `cwd` or above it, else `~/.guild`.

    Raises GuildError for a home that is named but missing.
    """
    environ = os.environ if environ is None else environ
    if homes := _homes.get():
        return homes[-1]
    if named := environ.get("GUILD_HOME"):
        return _existing(Path(named), "GUILD_HOME")
    here = Path(os.getcwd() if cwd is None else cwd)
    for folder in (here, *here.parents):
        candidate = folder / ".guild"
        if candidate.is_dir() and not (folder / ".guild" / "attrs").is_dir():
            return candidate
    return Path.home() / ".guild"


def _existing(path: Path, named_by: str) -> Path:
    home = Path(os.path.abspath(path.expanduser()))
    if not home.is_dir():
        raise GuildError(
            f"Guild home {str(home)!r} (from {named_by}) does not exist - "
            f"create it or choose another with -H"
        )
    return home


class SetGuildHome:
    """Use `path` as the Guild home within a `with` block, as often as you like.

    It holds for the thread (the context, see `contextvars`) that entered the block; one
    that is started within does so itself. A relative path is taken from the current
    directory at the time of the call. Raises GuildError if there is no such folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _existing(Path(path), "-H")

    def __enter__(self) -> SetGuildHome:
        _homes.set((*_homes.get(), self.path))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _homes.set(_homes.get()[:-1])


def user_config(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The mapping in `GUILD_CONFIG`, else `~/.guild/config.yml`; empty without a file.

    Raises GuildError where the file is no YAML mapping.
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
    return data
