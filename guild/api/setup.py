"""Making a Guild home, and an environment that has Guild."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from guild import __version__
from guild.base.errors import GuildError

DISTRIBUTION = "guild-runner"


def make_home(folder: Path) -> bool:
    """Make `folder` a Guild home; whether it was none before. Raises GuildError."""
    new = not (folder / "runs").is_dir()
    try:
        for name in ("runs", "trash/runs", "cache"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        # What is in it is nobody's source code.
        (folder / ".guild-nocopy").touch()
    except OSError as error:
        raise GuildError(f"cannot make a Guild home in {folder}: {error.strerror}") from None
    return new


def make_environment(
    folder: Path,
    *,
    python: str | None = None,
    guild: str | None = None,
    system_site_packages: bool = False,
    requirements: Sequence[str] = (),
) -> None:
    """Make a virtual environment in `folder` with Guild and `requirements` in it.

    `python` is the interpreter to use, a path or a version such as `3.12`; `guild` a
    version of Guild or the path of a distribution or checkout, by default the version in
    use. A requirement is a package, or a file of them. Raises GuildError.
    """
    interpreter = _interpreter(python)
    options = ["--system-site-packages"] if system_site_packages else []
    _call([interpreter, "-m", "venv", *options, str(folder)], "create the virtual environment")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    _call([*pip, _guild_requirement(guild)], "install Guild")
    for requirement in requirements:
        what = ["-r", requirement] if os.path.isfile(requirement) else [requirement]
        _call([*pip, *what], f"install '{requirement}'")


def _interpreter(python: str | None) -> str:
    if python is None:
        return sys.executable
    return f"python{python}" if python[:1].isdigit() else python


def _guild_requirement(guild: str | None) -> str:
    if guild is None:
        return f"{DISTRIBUTION}=={__version__}"
    if os.path.exists(guild):
        return os.path.abspath(guild)
    return f"{DISTRIBUTION}=={guild}"


def _call(command: list[str], what: str) -> None:
    try:
        code = subprocess.run(command).returncode
    except OSError as error:
        raise GuildError(f"cannot {what}: {command[0]}: {error.strerror}") from None
    if code != 0:
        raise GuildError(
            f"cannot {what}: '{' '.join(command[:5])} ...' failed with exit code {code}"
        )
