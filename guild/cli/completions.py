"""Answers to a shell that asks how a command line may go on.

Whatever happens nothing but completions is printed: a shell would mix it into
the line that the user is typing.
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

_MOST_RUNS = 50


class _Bash(BashComplete):
    """Reads the line that bash has, as bash itself splits its words at `=` and `:` too."""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split(line[: int(os.environ.get("COMP_POINT", len(line)))])
        return words[1:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}"


class _Zsh(ZshComplete):
    """Tells values as they are: the script escapes colons, and click does in some versions."""

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type}\n{item.value}\n{item.help or '_'}"


def split(line: str) -> list[str]:
    """The words of an unfinished line; the last is the one that is being typed."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote that is still open
        words.append(lexer.token)
        return words
    return [*words, ""] if line[-1:].isspace() or not words else words


def answer(root: click.Command, instruction: str) -> int:
    """Print what a shell asks for by `instruction`, such as `bash_complete`; the exit code."""
    add_completion_class(_Bash)
    add_completion_class(_Zsh)
    try:
        return shell_complete(root, {}, "guild", COMPLETE_VAR, instruction)
    except Exception:  # see the module
        return 1


# -- What arguments may be


def runs(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Short ids of the latest runs, with operation and label."""
    from guild import config
    from guild.api import selection
    from guild.api.description import operation_name
    from guild.index.query import RunQuery

    query = RunQuery(deleted=ctx.info_name in ("restore", "purge"))
    page = selection.select_page(config.guild_home(), query, _MOST_RUNS).runs
    return [
        CompletionItem(run.short_id, help=f"{operation_name(run)} {run.label}".strip())
        for run in page
        if run.id.startswith(incomplete)
    ]


def run_words(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For `guild run`: operations and scripts, then flags as `NAME=`, then their choices."""
    from guild import config

    words = ctx.params.get("words") or ()
    cwd, home = Path(os.getcwd()), config.guild_home()
    if not words:
        return [*_operations(cwd, incomplete), *_files(incomplete)]
    return _flags(words[0], words[1:], cwd, home, incomplete)


def _operations(cwd: Path, incomplete: str) -> Iterable[CompletionItem]:
    from guild.api import project

    try:
        guildfile = project.guildfile(cwd)
    except GuildError:  # a mistake in it is told when something is run
        return
    for op in project.operations(guildfile) if guildfile else ():
        if op.full_name.startswith(incomplete):
            yield CompletionItem(op.full_name, help=op.description.partition("\n")[0])


def _files(incomplete: str) -> Iterable[CompletionItem]:
    """Python scripts, and folders on the way to some."""
    folder, name = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith((".", "_")) and not name):
            continue
        if entry.is_dir():
            yield CompletionItem(os.path.join(folder, entry.name, ""))
        elif entry.name.endswith(".py"):
            yield CompletionItem(os.path.join(folder, entry.name))


def _flags(
    opspec: str, given: Iterable[str], cwd: Path, home: Path, incomplete: str
) -> list[CompletionItem]:
    from guild.context import Context
    from guild.flags.values import encode
    from guild.ops.define.resolve import resolve

    flags = resolve(opspec, Context(home, cwd, os.environ)).flags
    name, equals, text = incomplete.partition("=")
    if equals:
        flag = flags.get(name)
        values = [choice.alias or encode(choice.value) for choice in flag.choices] if flag else []
        if flag is not None and flag.type == "boolean" and not values:
            values = ["yes", "no"]
        return [CompletionItem(f"{name}={value}") for value in values if value.startswith(text)]
    taken = {word.partition("=")[0] for word in given}
    return [
        CompletionItem(f"{flag.name}=", help=flag.description.partition("\n")[0])
        for flag in flags.values()
        if flag.name.startswith(incomplete) and flag.name not in taken
    ]
