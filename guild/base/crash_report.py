"""A report of an unexpected error, written to a file that can be attached to an issue."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shlex
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guild import __version__
from guild.base.secrets import argument_secrets, environment_secrets, redact
from guild.base.text import printable

_DISTRIBUTION = "guild-runner"


class CrashReport(NamedTuple):
    """A written report.

    Attributes:
        path: the file, which only its owner can read.
        summary: type and message of the error in one line, without secrets.
    """

    path: str
    summary: str


def write_crash_report(
    error: BaseException, argv: Sequence[str], environ: Mapping[str, str], folder: str | None
) -> CrashReport:
    """Write a report of `error` to `folder`, or to the directory for temporary files.

    Secrets are replaced by `***`: values that are secret by name, in `argv` and in `environ`,
    and keys and tokens of known forms. Raises OSError if neither directory can be written.
    """
    values = (*argument_secrets(argv), *environment_secrets(environ))
    # A traceback shows strings as `repr` does.
    secrets = tuple(dict.fromkeys(form for value in values for form in (value, repr(value)[1:-1])))
    message = " ".join(redact(_message(error), secrets).split())
    text = redact("\n".join(_report_lines(error, argv, secrets)), secrets)
    path = _write_private(text.encode("utf-8", "backslashreplace"), folder)
    return CrashReport(path, printable(f"{type(error).__name__}: {message}".removesuffix(": ")))


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(the message cannot be printed)"


def _report_lines(
    error: BaseException, argv: Sequence[str], secrets: Sequence[str]
) -> Iterator[str]:
    yield f"Guild: {__version__}"
    yield f"Python: {' '.join(sys.version.split())} ({sys.executable})"
    yield f"Platform: {platform.platform()}"
    yield f"Packages: {', '.join(_installed_packages())}"
    yield f"Time: {time.strftime('%Y-%m-%d %H:%M:%S %z')}"
    # Quotes for the shell could hide a secret.
    yield f"Command: {shlex.join(redact(arg, secrets) for arg in argv)}"
    yield f"Directory: {_current_directory()}"
    yield ""
    yield from traceback.format_exception(error)


def _installed_packages() -> Iterator[str]:
    """Yield name and version of each installed dependency of Guild."""
    try:
        requirements = importlib.metadata.requires(_DISTRIBUTION) or ()
    except importlib.metadata.PackageNotFoundError:
        return
    for name in dict.fromkeys(re.split(r"[^\w.-]", entry, maxsplit=1)[0] for entry in requirements):
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue


def _current_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        return f"unknown ({error.strerror})"


def _write_private(data: bytes, folder: str | None) -> str:
    """Write `data` to a new file in `folder`, else in the directory for temporary files."""
    if folder is not None:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            return _write_new(data, folder)
        except OSError:
            pass
    return _write_new(data, None)


def _write_new(data: bytes, folder: str | None) -> str:
    fd, path = tempfile.mkstemp(".txt", time.strftime("guild-crash-%Y%m%d-%H%M%S-"), folder)
    try:
        with open(fd, "wb") as file:
            file.write(data)
    except OSError:
        os.unlink(path)
        raise
    return path
