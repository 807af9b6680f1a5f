"""Completions of command lines for bash, zsh and fish.

Only completions are printed, even after an error: a shell would mix anything else into the line
that the user is typing.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ZshComplete,
    add_completion_class,
    shell_complete,
)

from guild.base.errors import GuildError

COMPLETE_VAR = "_GUILD_COMPLETE"

_MAX_RUNS = 50


class _Bash(BashComplete):
    """Bash completion that splits the line itself, since bash also splits at `=` and `:`."""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split_line(line[: int(os.environ.get("COMP_POINT", len(line)))])
        return words[1:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}"


class _Zsh(ZshComplete):
    """Zsh completion that leaves colons alone: the script escapes them, and so do some clicks."""

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type}\n{item.value}\n{item.help or '_'}"


def split_line(line: str) -> list[str]:
    """Return the words of an unfinished line; the last one is the word to complete."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # an unclosed quote
        words.append(lexer.token)
        return words
    return [*words, ""] if line[-1:].isspace() or not words else words


def print_completions(root: click.Command, instruction: str) -> int:
    """Carry out an instruction of a shell, such as `bash_complete`, and return the exit code."""
    add_completion_class(_Bash)
    add_completion_class(_Zsh)
    try:
        return shell_complete(root, {}, "guild", COMPLETE_VAR, instruction)
    except Exception:  # print nothing else, see above
        return 1


# -- Values of arguments


def complete_run_ids(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the short IDs of the latest runs, described by operation and label."""
    from guild import config
    from guild.api import selection
    from guild.index.fields import operation_name
    from guild.index.query import RunQuery

    query = RunQuery(deleted=ctx.info_name in ("restore", "purge"))
    page = selection.select_page(config.guild_home(), query, _MAX_RUNS).runs
    return [
        CompletionItem(run.short_id, help=f"{operation_name(run)} {run.label}".strip())
        for run in page
        if run.id.startswith(incomplete)
    ]


def complete_run_words(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete `guild run`: operations and scripts, flags as `NAME=`, choices of flags."""
    from guild import config

    words = ctx.params.get("words") or ()
    cwd, home = Path(os.getcwd()), config.guild_home()
    if not words:
        return [*_complete_operations(cwd, incomplete), *_complete_files(incomplete)]
    return _complete_flags(words[0], words[1:], cwd, home, incomplete)


def _complete_operations(cwd: Path, incomplete: str) -> Iterable[CompletionItem]:
    from guild.api import project

    try:
        guildfile = project.read_project(cwd)
    except GuildError:  # reported when an operation is run
        return
    for op in project.list_operations(guildfile) if guildfile else ():
        if op.full_name.startswith(incomplete):
            yield CompletionItem(op.full_name, help=op.description.partition("\n")[0])


def _complete_files(incomplete: str) -> Iterable[CompletionItem]:
    """Complete the paths of Python scripts and directories."""
    directory, name = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(directory or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith((".", "_")) and not name):
            continue
        if entry.is_dir():
            yield CompletionItem(os.path.join(directory, entry.name, ""))
        elif entry.name.endswith(".py"):
            yield CompletionItem(os.path.join(directory, entry.name))


def _complete_flags(
    opspec: str, assignments: Iterable[str], cwd: Path, home: Path, incomplete: str
) -> list[CompletionItem]:
    from guild.context import Context
    from guild.flags.values import encode
    from guild.ops.define.resolve import resolve

    flags = resolve(opspec, Context(home, cwd, os.environ)).flags
    name, equals, prefix = incomplete.partition("=")
    if equals:
        flag = flags.get(name)
        values = [choice.alias or encode(choice.value) for choice in flag.choices] if flag else []
        if flag is not None and flag.type == "boolean" and not values:
            values = ["yes", "no"]
        return [CompletionItem(f"{name}={value}") for value in values if value.startswith(prefix)]
    assigned = {word.partition("=")[0] for word in assignments}
    return [
        CompletionItem(f"{flag.name}=", help=flag.description.partition("\n")[0])
        for flag in flags.values()
        if flag.name.startswith(incomplete) and flag.name not in assigned
    ]
