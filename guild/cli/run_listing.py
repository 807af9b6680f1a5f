"""Runs as lines of text."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

import click

from guild.api.description import (
    operation_name,
    operation_place,
)
from guild.base.clock import format_time
from guild.base.text import printable
from guild.cli.columns import aligned
from guild.index.query import IndexedRun


def lines(runs: Sequence[IndexedRun], heads: Sequence[str], *, started: bool = True) -> list[str]:
    """A line for each run, what `heads` says of it in front; columns aligned."""
    cwd = os.getcwd()
    return aligned(
        [
            [
                head,
                _operation(run, cwd),
                *([format_time(run.timestamp) or ""] if started else []),
                run.status,
                printable(run.label),
            ]
            for head, run in zip(heads, runs, strict=True)
        ]
    )


def _operation(run: IndexedRun, cwd: str) -> str:
    place = operation_place(run, cwd)
    words = (operation_name(run), f"({place})" if place else "", "[marked]" if run.marked else "")
    return printable(" ".join(word for word in words if word))


def preview(runs: Sequence[IndexedRun]) -> list[str]:
    """The lines that show which runs a command is about to change."""
    return [f"  {line}" for line in lines(runs, [f"[{run.short_id}]" for run in runs])]


def fitted(line: str) -> str:
    """`line` as far as the terminal is wide, whole where the output is no terminal."""
    if not sys.stdout.isatty():
        return line
    return line[: shutil.get_terminal_size().columns]


def comment_lines(comments: Sequence[object], *, numbered: bool = False) -> list[str]:
    """The lines of a run's comments: who and when, and below that the text, indented."""
    shown: list[str] = []
    for number, comment in enumerate(comments, 1):
        if isinstance(comment, dict):
            text = str(comment.get("body", "")).splitlines()
            head = f"[{number}] {_by(comment)}" if numbered else _by(comment)
            shown += [head, "", *(f"  {printable(line)}".rstrip() for line in text), ""]
    return shown


def _by(comment: dict[object, object]) -> str:
    user, host = (str(comment.get(name) or "") for name in ("user", "host"))
    return printable(f"{user}@{host} {format_time(comment.get('time')) or ''}")


def print_lines(shown: Sequence[str]) -> None:
    """Print each line, as far as the terminal is wide."""
    for line in shown:
        click.echo(fitted(line))
