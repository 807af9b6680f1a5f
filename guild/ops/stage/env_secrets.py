"""Variables that `env-secrets` defines: part of the environment, but never recorded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from guild.base.errors import GuildError

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")


def secret_environment(
    entries: Iterable[str], project_dir: str | os.PathLike[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that `entries` define.

    An entry is a file of `NAME=VALUE` lines, relative to the project, or the name of a variable
    in `environ`, which may be unset.
    Raises GuildError if a file cannot be read or has a line of another form.
    """
    variables: dict[str, str] = {}
    for entry in entries:
        path = os.path.join(project_dir, os.path.expanduser(entry))
        if os.path.isfile(path):
            variables.update(_read_file(path))
        elif entry.isidentifier():
            if entry in environ:
                variables[entry] = environ[entry]
        else:
            raise GuildError(f"env-secrets: file not found: '{path}'")
    return variables


def _read_file(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        raise GuildError(f"env-secrets: cannot read {path}") from None
    variables = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.match(line)
        if match is None:  # not shown, as the line may contain a secret
            raise GuildError(f"{path}:{number}: expected NAME=VALUE")
        variables[match[1]] = _unquoted(match[2])
    return variables


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text.split(" #")[0].rstrip()
