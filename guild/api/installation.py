"""What Guild runs on: versions, its home, and what may be wrong with them."""

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
_OTHERS = ("pandas", "pip", "matplotlib", "nbconvert", "hiplot")


class Report(NamedTuple):
    """What was found.

    Attributes:
        facts: by name, in the order in which to show them.
        errors: what keeps Guild from working.
        warnings: what may surprise.
    """

    facts: dict[str, str]
    errors: list[str]
    warnings: list[str]


def check(environ: Mapping[str, str], *, env_only: bool = False, verbose: bool = False) -> Report:
    """Look at this installation of Guild and the home that `environ` names.

    `env_only` leaves out the versions of libraries, `verbose` adds those of optional ones.
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
        _check_versions(report, _REQUIRED)
        if verbose:
            for name in _OTHERS:
                facts[_version_name(name)] = _version(name) or "not installed"
        facts["nvidia_smi_version"] = _nvidia_smi_version(environ)
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
    notes = [] if home.is_dir() else ["not there yet"]
    if home.is_symlink():
        notes.append(f"a link to {os.path.realpath(home)}")
    if not writable:
        notes.append("not writable")
        report.errors.append(f"Guild home {home} cannot be written - choose another with -H")
    report.facts["guild_home"] = " ".join([str(home), *(f"({note})" for note in notes)])
    report.facts["guild_home_free"] = size_text(shutil.disk_usage(nearest).free)


def _check_versions(report: Report, names: tuple[str, ...]) -> None:
    for name in names:
        version = _version(name)
        report.facts[_version_name(name)] = version or "not installed"
        if version is None:
            report.errors.append(f"{name} is not installed: 'pip install {name}'")


def _version_name(distribution: str) -> str:
    return f"{distribution.replace('-', '_').replace('.', '_').lower()}_version"


def _version(distribution: str) -> str | None:
    """The installed version, found without importing anything of it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _nvidia_smi_version(environ: Mapping[str, str]) -> str:
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return "not installed"
    query = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    return _output(query) or "unknown"


def _output(command: list[str]) -> str:
    """The first line that a program prints; empty if it fails."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout or done.stderr).strip().partition("\n")[0] if not done.returncode else ""


def _check_path(report: Report, environ: Mapping[str, str]) -> None:
    """Whether `guild` in a shell is another one than this."""
    found = shutil.which("guild", path=environ.get("PATH"))
    own = Path(sys.executable).with_name("guild")
    if found is None:
        report.warnings.append(
            f"there is no 'guild' on PATH - add {own.parent} to it, "
            f"or use '{sys.executable} -m guild'"
        )
    elif not _same_file(Path(found), own) and own.exists():
        report.warnings.append(
            f"'guild' on PATH is another one, {found} - this one is {own}; "
            f"put {own.parent} in front of PATH, or activate its environment"
        )


def _same_file(a: Path, b: Path) -> bool:
    try:
        return a.samefile(b)
    except OSError:
        return False


def matches_version(required: str) -> bool:
    """Whether this version of Guild is what `required`, such as `>=0.7`, says.

    Raises GuildError for what is no version specifier.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = f"=={required}" if required[:1].isdigit() else required
    try:
        return SpecifierSet(text, prereleases=True).contains(guild.__version__)
    except InvalidSpecifier:
        raise GuildError(
            f"invalid version specifier '{required}' - use one such as '>=0.9' or '==1.0'"
        ) from None


def pytorch(python: str = sys.executable) -> dict[str, str]:
    """The version of PyTorch and whether it finds a GPU, asked of a process of its own."""
    version = _version("torch")
    if version is None:
        return {"pytorch_version": "not installed"}
    gpu = _output([python, "-c", "import torch; print(torch.cuda.is_available())"])
    return {
        "pytorch_version": version,
        "pytorch_cuda_available": {"True": "yes", "False": "no"}.get(gpu, "unknown"),
    }


def r_script(environ: Mapping[str, str]) -> dict[str, str]:
    """The version of Rscript."""
    program = shutil.which("Rscript", path=environ.get("PATH"))
    version = _output([program, "--version"]) if program else "not installed"
    return {"rscript_version": version or "unknown"}


def disk_usage(home: Path) -> dict[str, tuple[int, Path]]:
    """Bytes of the files in the parts of a Guild home, and where each part is."""
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
            except OSError:  # it has just gone
                continue
    return total


def size_text(size: float) -> str:
    """Bytes for people: `512`, `1.5K`, `2.0G`."""
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            break
        size /= 1024
    return f"{size:.1f}{unit}" if unit else str(int(size))
