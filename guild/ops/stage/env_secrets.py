"""Secrets that an operation asks for: in its environment, never in its run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from guild.base.errors import GuildError

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")


def secret_environment(
    entries: Iterable[str], project_dir: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """The variables that `env-secrets` names.

    An entry is a file of `NAME=VALUE` lines, relative to the project, or the name of a
    variable of the caller's environment `environ`, which may be unset. Raises GuildError for
    a file that cannot be read or has a line of another form.
    """
    found: dict[str, str] = {}
    for entry in entries:
        path = project_dir / Path(entry).expanduser()
        if path.is_file():
            found.update(_read(path))
        elif entry.isidentifier():
            if entry in environ:
                found[entry] = environ[entry]
        else:
            raise GuildError(f"env-secrets: there is no file {str(path)!r}")
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise GuildError(f"env-secrets: cannot read {path}") from None
    variables = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.match(line)
        if match is None:  # the line itself may be a secret: it is not shown
            raise GuildError(f"{path}:{number}: expected NAME=VALUE")
        variables[match[1]] = _unquoted(match[2])
    return variables


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text.split(" #")[0].rstrip()
