"""The RUN arguments and filter options that commands on runs have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guild import config
from guild.api import selection
from guild.index.query import IndexedRun, RunQuery
from guild.run import STATUSES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Action = TypeVar("_Action")

# By the letter that -S takes.
_STATUS_LETTERS = {status[0]: status for status in STATUSES}

_STATUS_HELP = {
    "running": "Filter runs that are still running.",
    "completed": "Filter completed runs.",
    "error": "Filter runs that exited with an error.",
    "terminated": "Filter runs terminated by the user.",
    "pending": "Filter pending runs.",
    "staged": "Filter staged runs.",
}

_FILTERS = (
    click.option(
        "-F",
        "--filter",
        metavar="EXPR",
        help="Filter runs using an expression such as 'lr > 0.1 and status = completed'.",
    ),
    click.option(
        "-Fo",
        "--operation",
        multiple=True,
        metavar="VAL",
        help="Filter runs with operations matching VAL.",
    ),
    click.option(
        "-Fl",
        "--label",
        multiple=True,
        metavar="VAL",
        help="Filter runs with labels matching VAL. To show unlabeled runs, use --unlabeled.",
    ),
    click.option("-Fu", "--unlabeled", is_flag=True, help="Filter runs without labels."),
    click.option("-Ft", "--tag", multiple=True, metavar="TAG", help="Filter runs with TAG."),
    click.option(
        "-Fc",
        "--comment",
        multiple=True,
        metavar="VAL",
        help="Filter runs with comments matching VAL.",
    ),
    click.option("-Fm", "--marked", is_flag=True, help="Filter marked runs."),
    click.option("-Fn", "--unmarked", is_flag=True, help="Filter unmarked runs."),
    click.option(
        "-Fs",
        "--started",
        metavar="RANGE",
        help="Filter runs started within RANGE, such as 'last 3 hours' or 'after 9:00'.",
    ),
    click.option(
        "-Fd",
        "--digest",
        metavar="VAL",
        help="Filter runs with a matching source code digest.",
    ),
)


def _status_letters(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    """The statuses of the letters in `-Set`."""
    for letter in "".join(values):
        if letter not in _STATUS_LETTERS:
            raise click.UsageError(f"unrecognized status char '{letter}' in option '-S'")
    return frozenset(_STATUS_LETTERS[letter] for letter in "".join(values))


_STATUS_FILTERS = (
    *(
        click.option(
            f"-S{status[0]}",
            f"--{status}/--not-{status}",
            f"status_{status}",
            default=None,
            help=_STATUS_HELP[status],
        )
        for status in STATUSES
    ),
    click.option("-S", "status_letters", multiple=True, hidden=True, callback=_status_letters),
)


def filter_options(command: _Command) -> _Command:
    """Add the options that filter runs."""
    return _with(command, (*_FILTERS, *_STATUS_FILTERS))


def filter_options_without_status(command: _Command) -> _Command:
    """Add the options that filter runs, of a command that is for runs of one status."""
    return _with(command, _FILTERS)


def _with(command: _Command, options: tuple[Callable[[_Command], _Command], ...]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def complete_runs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What a RUN that begins with `incomplete` may be."""
    from guild.cli import completions

    return completions.runs(ctx, param, incomplete)


def run_argument(command: _Command) -> _Command:
    """Add the argument RUN: an index, the start of an id, or a run directory."""
    return click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_runs)(
        command
    )


def runs_argument(command: _Command) -> _Command:
    """Add the arguments RUN..., of which each may also be a range of indexes."""
    return click.argument("runs", nargs=-1, metavar="[RUN...]", shell_complete=complete_runs)(
        command
    )


def query(options: Mapping[str, Any], *, deleted: bool = False) -> RunQuery:
    """The query that a command's filter options ask for."""
    if options["marked"] and options["unmarked"]:
        raise click.UsageError("--marked and --unmarked cannot both be used")
    return RunQuery(
        deleted=deleted,
        operations=options["operation"],
        labels=options["label"],
        unlabeled=options["unlabeled"],
        tags=options["tag"],
        comments=options["comment"],
        marked=options["marked"],
        unmarked=options["unmarked"],
        statuses=_statuses(options),
        expression=options["filter"],
        started=options["started"],
        digest=options["digest"],
    )


def _statuses(options: Mapping[str, Any]) -> frozenset[str]:
    """The statuses that are asked for; empty for any."""
    asked = {status: options.get(f"status_{status}") for status in STATUSES}
    wanted = {status for status in asked if asked[status]} | options.get("status_letters", set())
    unwanted = {status for status in asked if asked[status] is False}
    if not wanted and not unwanted:
        return frozenset()
    statuses = frozenset(wanted or STATUSES) - unwanted
    if not statuses:
        raise click.UsageError("the --not-STATUS options leave no status")
    return statuses


def named_or_latest(
    specs: Sequence[str], filters: Mapping[str, Any], *, deleted: bool = False
) -> list[IndexedRun]:
    """The runs that RUN arguments name, or without any the latest that the filters leave."""
    asked, home = query(filters, deleted=deleted), config.guild_home()
    if specs:
        return selection.select_named(home, specs, asked)
    return [selection.select_one(home, None, asked)]


def named_or_all(
    specs: Sequence[str], filters: Mapping[str, Any], *, deleted: bool = False
) -> list[IndexedRun]:
    """The runs that RUN arguments name, or without any all that the filters leave."""
    asked, home = query(filters, deleted=deleted), config.guild_home()
    return selection.select_named(home, specs, asked) if specs else selection.select(home, asked)


def only_one(asked: Mapping[str, _Action], options: Sequence[str]) -> _Action:
    """The one action that is asked for, by its option, where `options` exclude each other."""
    if len(asked) > 1:
        first, second, *_ = asked
        raise click.UsageError(f"{first} and {second} cannot both be used")
    if not asked:
        raise click.UsageError(f"missing one of: {', '.join(options)}")
    return next(iter(asked.values()))
