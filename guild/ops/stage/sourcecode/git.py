"""Queries of the git repository that a directory is in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from guild.base.errors import GuildError
from guild.base.files import read_text
from guild.base.named_tuple import NamedTuple
from guild.config import user_config

_LIST_ALL = ("ls-files", "-z", "-t", "-s", "-c", "-o", "--exclude-standard")
_SUBMODULE_MODE = b"160000"
_IGNORE_FILE = ".guildignore"
# Git sets these for its hooks; they would make it use another repository than the directory's.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
)


class Listing(NamedTuple):
    """The files below a directory that git does not ignore, relative to that directory.

    Attributes:
        tracked: files that git tracks, in nested repositories too.
        untracked: files that git neither tracks nor ignores.
        guildignored: files of either kind that a `.guildignore` file excludes.
    """

    tracked: list[str]
    untracked: list[str]
    guildignored: frozenset[str]


class GitUnusableError(GuildError):
    """Git is not installed, or cannot read the work tree."""


def in_work_tree(folder: str) -> bool:
    """Return whether `folder` or one of its parents has a `.git`, without starting git."""
    return is_at_or_above(folder, ".git")


def is_at_or_above(folder: str, name: str) -> bool:
    """Return whether the absolute path `folder` or one of its parents has an entry `name`."""
    while not os.path.exists(os.path.join(folder, name)):
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
    return True


def list_files(folder: str, environ: Mapping[str, str]) -> Listing:
    """List the files below `folder`, which is in a work tree. Raises GitUnusableError."""
    tracked: list[str] = []
    untracked: list[str] = []
    _list_repository(folder, "", environ, tracked, untracked)
    guildignored: frozenset[str] = frozenset()
    ignore_files = [path for path in (*tracked, *untracked) if path.endswith(_IGNORE_FILE)]
    if ignore_files:
        excludes = f"--exclude-per-directory={_IGNORE_FILE}"
        output = run_git(folder, environ, "ls-files", "-z", "-c", "-o", "-i", excludes)
        guildignored = frozenset(_paths(output))
        taken_back = _taken_back(folder, environ, ignore_files)
        untracked += taken_back.difference(tracked, untracked, guildignored)
    return Listing(tracked, untracked, guildignored)


def _taken_back(folder: str, environ: Mapping[str, str], ignore_files: list[str]) -> set[str]:
    """Return the files that `!PATTERN` lines of `.guildignore` files match.

    They take back what git ignores. Git itself matches the patterns, as if it ignored them.
    """
    matches: set[str] = set()
    for path in ignore_files:
        prefix = path.removesuffix(_IGNORE_FILE)
        text = read_text(os.path.join(folder, path)) or ""
        patterns = [line[1:].rstrip() for line in text.splitlines() if line.startswith("!")]
        if patterns:
            excludes = [f"--exclude={pattern}" for pattern in patterns]
            inside = os.path.join(folder, prefix)
            output = run_git(inside, environ, "ls-files", "-z", "-o", "-i", *excludes)
            matches.update(prefix + name for name in _paths(output))
    return matches


def list_ignored(folder: str, environ: Mapping[str, str]) -> list[str]:
    """List the files and directories below `folder` that git ignores.

    Directories end with `/`. Raises GitUnusableError.
    """
    options = ("-z", "-o", "-i", "--exclude-standard", "--directory")
    return list(_paths(run_git(folder, environ, "ls-files", *options)))


def run_git(folder: str, environ: Mapping[str, str], *args: str) -> bytes:
    """Run `git ARGS` in `folder` and return its output. Raises GitUnusableError."""
    import subprocess  # not needed outside a work tree

    git_environ = {k: v for k, v in environ.items() if k not in _REPOSITORY_VARIABLES}
    # Do not take locks that would make another git process fail.
    git_environ["GIT_OPTIONAL_LOCKS"] = "0"
    program = _executable(environ)
    try:
        process = subprocess.run(
            [program, *args],
            cwd=folder,
            env=git_environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError) and error.filename == program
        reason = f"cannot start {program}: {error.strerror}"
        if is_missing:
            reason = "git is not installed" if program == "git" else f"'{program}' does not exist"
            reason += "; set 'executable' under 'git' in the user configuration"
        raise GitUnusableError(reason) from None
    if process.returncode != 0:
        reason = os.fsdecode(process.stderr).strip().partition("\n")[0]
        raise GitUnusableError(reason or f"git exited with code {process.returncode}")
    return process.stdout


def _executable(environ: Mapping[str, str]) -> str:
    """Return the program for git: `executable` under `git` in the user configuration."""
    settings = user_config(environ).get("git")
    program = settings.get("executable") if isinstance(settings, Mapping) else None
    return str(program or "git")


def _list_repository(
    folder: str,
    prefix: str,
    environ: Mapping[str, str],
    tracked: list[str],
    untracked: list[str],
) -> None:
    output = run_git(folder, environ, *_LIST_ALL)
    nested: list[str] = []
    last = b""
    for item in output.split(b"\0")[:-1]:
        if item.startswith(b"? "):
            name = item[2:]
            # A directory is a nested repository that is not a submodule.
            (nested if name.endswith(b"/") else untracked).append(prefix + os.fsdecode(name))
            continue
        stage, _, name = item.partition(b"\t")
        if name == last:  # a file with merge conflicts is listed once for each side
            continue
        last = name
        path = prefix + os.fsdecode(name)
        if stage[2:8] == _SUBMODULE_MODE:
            if os.path.exists(os.path.join(folder, os.fsdecode(name), ".git")):
                nested.append(path + "/")
        else:
            tracked.append(path)
    for path in nested:
        inner = os.path.join(folder, path[len(prefix) :])
        _list_repository(inner, path, environ, tracked, untracked)


def _paths(output: bytes) -> Iterator[str]:
    return (os.fsdecode(path) for path in output.split(b"\0")[:-1])
