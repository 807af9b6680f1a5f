"""The installation of Guild: versions, the home, and problems with them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import guild
from guild import config
from guild.base.errors import GuildError

_REQUIRED = (
    *("click", "numpy", "psutil", "pyyaml", "ruamel.yaml", "scikit-learn", "scikit-optimize"),
    *("tensorboard", "textual", "tomlkit"),
)
_OPTIONAL = ("pandas", "pip", "matplotlib", "nbconvert", "hiplot")


class Report(NamedTuple):
    """The result of checking the installation.

    Attributes:
        facts: values by name, in the order of the report.
        errors: problems that keep Guild from working.
        warnings: problems that may surprise the user.
    """

    facts: dict[str, str]
    errors: list[str]
    warnings: list[str]


def check_installation(
    environ: Mapping[str, str], *, env_only: bool = False, verbose: bool = False
) -> Report:
    """Check this installation of Guild and the home that `environ` sets.

    With `env_only`, the versions of libraries are omitted; `verbose` adds optional libraries.
    """
    report = Report({}, [], [])
    facts = report.facts
    facts["guild_version"] = guild.__version__
    facts["guild_install_location"] = os.path.dirname(guild.__file__)
    _check_home(report, environ)
    facts["python_version"] = " ".join(sys.version.split())
    facts["python_exe"] = sys.executable
    if verbose:
        facts["python_path"] = os.pathsep.join(sys.path)
    if not env_only:
        facts["platform"] = " ".join((platform.system(), platform.release(), platform.machine()))
        for name in (*_REQUIRED, *(_OPTIONAL if verbose else ())):
            version = _version(name)
            key = name.replace("-", "_").replace(".", "_")
            facts[f"{key}_version"] = version or "not installed"
            if version is None and name in _REQUIRED:
                report.errors.append(f"{name} is not installed; run 'pip install {name}'")
        query = ("--query-gpu=driver_version", "--format=csv,noheader")
        facts["nvidia_smi_version"] = _first_line(environ, "nvidia-smi", *query)
    _check_path(report, environ)
    return report


def _check_home(report: Report, environ: Mapping[str, str]) -> None:
    try:
        home = config.guild_home(environ)
    except GuildError as error:
        report.facts["guild_home"] = f"{environ.get('GUILD_HOME')} (missing)"
        report.errors.append(error.message)
        return
    nearest = next(folder for folder in (home, *home.parents) if folder.is_dir())
    writable = os.access(nearest, os.W_OK | os.X_OK)
    notes = [] if home.is_dir() else ["does not exist yet"]
    if home.is_symlink():
        notes.append(f"a link to {os.path.realpath(home)}")
    if not writable:
        notes.append("not writable")
        report.errors.append(f"cannot write to Guild home '{home}'; choose another with -H")
    report.facts["guild_home"] = " ".join([str(home), *(f"({note})" for note in notes)])
    report.facts["guild_home_free"] = format_size(shutil.disk_usage(nearest).free)


def _version(distribution: str) -> str | None:
    """Return the version of an installed distribution without importing it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _first_line(environ: Mapping[str, str], program: str, *args: str) -> str:
    """Return the first line that a program prints, `unknown` or `not installed`."""
    path = shutil.which(program, path=environ.get("PATH"))
    if path is None:
        return "not installed"
    try:
        done = subprocess.run(
            [path, *args],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    output = "" if done.returncode else done.stdout or done.stderr
    return output.strip().partition("\n")[0] or "unknown"


def _check_path(report: Report, environ: Mapping[str, str]) -> None:
    """Warn if `guild` in a shell would not start this installation."""
    first = shutil.which("guild", path=environ.get("PATH"))
    own = Path(sys.executable).with_name("guild")
    if first is None:
        report.warnings.append(
            f"'guild' is not on PATH; add {own.parent} to it, or use '{sys.executable} -m guild'"
        )
    elif own.exists() and not os.path.samefile(first, own):
        report.warnings.append(
            f"'guild' on PATH is {first}, not {own}; "
            f"put {own.parent} first on PATH, or activate its environment"
        )


def matches_version(requirement: str) -> bool:
    """Return whether this version of Guild meets `requirement`, such as `>=0.7`.

    Raises GuildError if `requirement` is not a version specifier.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    specifier = f"=={requirement}" if requirement[:1].isdigit() else requirement
    try:
        return SpecifierSet(specifier, prereleases=True).contains(guild.__version__)
    except InvalidSpecifier:
        raise GuildError(
            f"invalid version specifier '{requirement}'; use for example '>=0.9' or '==1.0'"
        ) from None


def find_pytorch(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the version of PyTorch, and whether it finds a GPU in another process."""
    version = _version("torch")
    if version is None:
        return {"pytorch_version": "not installed"}
    program = "import torch; print(torch.cuda.is_available())"
    gpu = _first_line(environ, sys.executable, "-c", program)
    return {
        "pytorch_version": version,
        "pytorch_cuda_available": {"True": "yes", "False": "no"}.get(gpu, "unknown"),
    }


def find_rscript(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the version of Rscript."""
    return {"rscript_version": _first_line(environ, "Rscript", "--version")}


def measure_disk_usage(home: Path) -> dict[str, tuple[int, Path]]:
    """Return the size in bytes and the path of each part of a Guild home, by name."""
    parts = {
        "guild_home": home,
        "runs": home / "runs",
        "deleted_runs": home / "trash" / "runs",
        "cache": home / "cache",
    }
    return {name: (_size(path), path) for name, path in parts.items()}


def _size(folder: Path) -> int:
    total = 0
    for path, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except OSError:  # just deleted
                continue
    return total


def format_size(size: float) -> str:
    """Format a number of bytes: `512`, `1.5K`, `2.0G`."""
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            break
        size /= 1024
    return f"{size:.1f}{unit}" if unit else str(int(size))
