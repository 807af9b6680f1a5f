"""Creation of Guild homes, and of virtual environments with Guild."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from guild import __version__
from guild.base.errors import GuildError

_DISTRIBUTION = "guild-runner"


def make_home(folder: Path) -> bool:
    """Make `folder` a Guild home; return False if it already is one.

    Raises GuildError if it cannot be written.
    """
    new = not (folder / "runs").is_dir()
    try:
        for name in ("runs", "trash/runs", "cache"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        # Excludes the home from the source code of runs.
        (folder / ".guild-nocopy").touch()
    except OSError as error:
        raise GuildError(f"cannot create a Guild home in {folder}: {error.strerror}") from None
    return new


def make_environment(
    folder: Path,
    environ: Mapping[str, str],
    *,
    python: str | None = None,
    guild: str | None = None,
    system_site_packages: bool = False,
    requirements: Sequence[str] = (),
) -> None:
    """Create a virtual environment with Guild and `requirements` in `folder`.

    Args:
        environ: environment variables for `venv` and `pip`.
        python: path or version of the interpreter, such as `3.12`; by default the current one.
        guild: a version of Guild, or the path of a distribution or checkout; by default the
            current version.
        system_site_packages: make the packages of the interpreter available.
        requirements: packages, and paths of requirements files.

    Raises GuildError if a step fails.
    """

    def call(command: list[str], action: str) -> None:
        try:
            code = subprocess.run(command, env=environ).returncode
        except OSError as error:
            raise GuildError(f"cannot {action}: {command[0]}: {error.strerror}") from None
        if code != 0:
            line = " ".join(command[:5])
            raise GuildError(f"cannot {action}: '{line} ...' failed with exit code {code}")

    interpreter = sys.executable if python is None else python
    if interpreter[:1].isdigit():
        interpreter = f"python{interpreter}"
    options = ["--system-site-packages"] if system_site_packages else []
    call([interpreter, "-m", "venv", *options, str(folder)], "create the virtual environment")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    if guild is not None and os.path.exists(guild):
        distribution = os.path.abspath(guild)
    else:
        distribution = f"{_DISTRIBUTION}=={guild or __version__}"
    call([*pip, distribution], "install Guild")
    for requirement in requirements:
        words = ["-r", requirement] if os.path.isfile(requirement) else [requirement]
        call([*pip, *words], f"install '{requirement}'")
