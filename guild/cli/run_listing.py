"""Lines about runs, as lists and prompts show them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

import click

from guild.base.clock import format_time
from guild.base.text import printable
from guild.cli.columns import align_rows
from guild.index.fields import operation_name, read_trial_opref
from guild.index.query import IndexedRun

_MAX_PATH_LENGTH = 28


def format_runs(
    runs: Sequence[IndexedRun], heads: Sequence[str], *, started: bool = True
) -> list[str]:
    """Return an aligned line for each run, which starts with one of `heads`."""
    cwd = os.getcwd()
    return align_rows(
        [
            [
                head,
                _format_operation(run, cwd),
                *([format_time(run.timestamp) or ""] if started else []),
                run.status,
                printable(run.label),
            ]
            for head, run in zip(heads, runs, strict=True)
        ]
    )


def _format_operation(run: IndexedRun, cwd: str) -> str:
    place = _project_path(run, cwd)
    words = (operation_name(run), f"({place})" if place else "", "[marked]" if run.marked else "")
    return printable(" ".join(word for word in words if word))


def _project_path(run: IndexedRun, cwd: str) -> str | None:
    """Return the directory of the operation's guild.yml or script, relative if that is shorter.

    None if it is `cwd`, or if the operation has no directory.
    """
    opref = read_trial_opref(run) if run.is_batch else run.opref
    folder = opref.project_dir if opref else None
    if folder is None or os.path.realpath(folder) == os.path.realpath(cwd):
        return None
    relative = os.path.relpath(folder, cwd)
    if os.path.basename(relative) == os.pardir:
        relative += os.sep
    return _abbreviate(min(relative, folder, key=len))


def _abbreviate(path: str) -> str:
    """Return a long path as its first name and as many of the last names as fit."""
    names = path.split(os.sep)
    first = 2 if path.startswith(os.sep) else 1
    for count in range(len(names) - first - 1, 0, -1):
        if len(path) <= _MAX_PATH_LENGTH:
            break
        path = os.sep.join([*names[:first], "\N{HORIZONTAL ELLIPSIS}", *names[-count:]])
    return path


def preview_runs(runs: Sequence[IndexedRun]) -> list[str]:
    """Return lines about the runs that a command is about to change."""
    return [f"  {line}" for line in format_runs(runs, [f"[{run.short_id}]" for run in runs])]


def fit_line(line: str) -> str:
    """Cut `line` at the width of the terminal, if stdout is one."""
    if not sys.stdout.isatty():
        return line
    return line[: shutil.get_terminal_size().columns]


def print_lines(lines: Sequence[str]) -> None:
    """Print each line up to the width of the terminal."""
    for line in lines:
        click.echo(fit_line(line))


def format_comments(comments: Sequence[object], *, numbered: bool = False) -> list[str]:
    """Return the lines of a run's comments: author and time, then the indented body."""
    lines: list[str] = []
    for number, comment in enumerate(comments, 1):
        if isinstance(comment, dict):
            body = str(comment.get("body", "")).splitlines()
            head = _format_author(comment)
            lines += [f"[{number}] {head}" if numbered else head, ""]
            lines += [*(f"  {printable(line)}".rstrip() for line in body), ""]
    return lines


def _format_author(comment: dict[object, object]) -> str:
    user, host = (str(comment.get(name) or "") for name in ("user", "host"))
    return printable(f"{user}@{host} {format_time(comment.get('time')) or ''}")
