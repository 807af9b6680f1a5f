"""RUN arguments and the shared option group "Filters" of commands that work on runs.

`RUN_FILTERS` passes a `RunQuery` named `query` to the command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guild import config
from guild.api import selection
from guild.cli import exit_codes
from guild.cli.command import Option, OptionGroup, argument
from guild.index.query import IndexedRun, RunQuery
from guild.run import STATUSES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Function = TypeVar("_Function", bound=Callable[..., Any])

RUNNING = RunQuery(statuses=frozenset(("running",))).statuses

_STATUS_HELP = {
    "running": "Only runs that are still running.",
    "completed": "Only runs that completed.",
    "error": "Only runs that exited with an error.",
    "terminated": "Only runs that were stopped.",
    "pending": "Only runs that are about to start.",
    "staged": "Only staged runs.",
}

# By the letter that -S takes.
_STATUS_BY_LETTER = {status[0]: status for status in STATUSES}


def _parse_status_letters(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    """Return the statuses of the letters in `-Set`."""
    letters = "".join(values)
    for letter in letters:
        if letter not in _STATUS_BY_LETTER:
            # Guild AI 0.9 wording
            raise click.UsageError(f"unrecognized status char '{letter}' in option '-S'")
    return frozenset(_STATUS_BY_LETTER[letter] for letter in letters)


def _make_query(
    *,
    filter: str | None,
    operation: tuple[str, ...],
    label: tuple[str, ...],
    unlabeled: bool,
    tag: tuple[str, ...],
    comment: tuple[str, ...],
    marked: bool,
    unmarked: bool,
    started: str | None,
    digest: str | None,
    status_letters: frozenset[str] = frozenset(),
    **statuses: bool | None,
) -> RunQuery:
    """Build the query of the filter options.

    `statuses` holds the value of each `--STATUS/--not-STATUS` option.
    """
    included = {status for status, value in statuses.items() if value} | status_letters
    excluded = {status for status, value in statuses.items() if value is False}
    selected = frozenset((included or STATUSES) if included or excluded else ()) - excluded
    if excluded and not selected:
        raise click.UsageError("the --not-STATUS options exclude every status")
    return RunQuery(
        operations=operation,
        labels=label,
        unlabeled=unlabeled,
        tags=tag,
        comments=comment,
        marked=marked,
        unmarked=unmarked,
        statuses=selected,
        expression=filter,
        started=started,
        digest=digest,
    )


_FILTERS = (
    Option(
        "-F",
        "--filter",
        metavar="EXPR",
        help="Only runs that match EXPR, e.g. 'loss < 0.1'.",
    ),
    Option(
        "-Fo",
        "--operation",
        multiple=True,
        metavar="OP",
        help="Only runs of operation OP, e.g. 'train' or 'tr*'.",
    ),
    Option(
        "-Fl",
        "--label",
        multiple=True,
        metavar="TEXT",
        help="Only runs with TEXT in their label.",
    ),
    Option("-Fu", "--unlabeled", is_flag=True, help="Only runs without a label."),
    Option("-Ft", "--tag", multiple=True, metavar="TAG", help="Only runs with tag TAG."),
    Option(
        "-Fc",
        "--comment",
        multiple=True,
        metavar="TEXT",
        help="Only runs with TEXT in a comment.",
    ),
    Option("-Fm", "--marked", is_flag=True, help="Only marked runs."),
    Option("-Fn", "--unmarked", is_flag=True, help="Only unmarked runs."),
    Option(
        "-Fs",
        "--started",
        metavar="RANGE",
        help="Only runs started in RANGE, e.g. 'last 3 hours'.",
    ),
    Option(
        "-Fd",
        "--digest",
        metavar="DIGEST",
        help="Only runs whose source digest starts with DIGEST.",
    ),
)

_STATUS_FILTERS = (
    *(
        Option(
            f"-S{status[0]}",
            f"--{status}/--not-{status}",
            default=None,
            help=_STATUS_HELP[status],
        )
        for status in STATUSES
    ),
    Option("-S", "status_letters", multiple=True, hidden=True, callback=_parse_status_letters),
)

RUN_DESCRIPTION = "Index in 'guild runs', start of a run ID, or run directory"

_EXCLUSIVE = (("--marked", "--unmarked"),)

RUN_FILTERS = OptionGroup(
    "Filters", "query", _make_query, *_FILTERS, *_STATUS_FILTERS, exclusive=_EXCLUSIVE
)

RUN_FILTERS_WITHOUT_STATUS = OptionGroup(
    "Filters", "query", _make_query, *_FILTERS, exclusive=_EXCLUSIVE
)
"""For commands that work on runs of one status."""


def complete_runs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a RUN argument."""
    from guild.cli import completions

    return completions.complete_run_ids(ctx, param, incomplete)


def run_argument(default: str) -> Callable[[_Function], _Function]:
    """Add the argument RUN; `default` describes the run that is used without it."""
    return argument(
        "run",
        required=False,
        metavar="[RUN]",
        shell_complete=complete_runs,
        description=f"Index of a run, the start of its ID, or its directory (default: {default}).",
    )


def runs_argument(default: str, listing: str = "guild runs") -> Callable[[_Function], _Function]:
    """Add the arguments RUN...; `default` describes the runs that are used without them.

    `listing` is the command that lists the runs by index.
    """
    return argument(
        "runs",
        nargs=-1,
        metavar="[RUN...]",
        shell_complete=complete_runs,
        description=f"Indexes in '{listing}', ranges such as 2:5, starts of run IDs, or run "
        f"directories (default: {default}).",
    )


def select_named_or_latest(specs: Sequence[str], query: RunQuery) -> list[IndexedRun]:
    """Return the runs that RUN arguments name, or the latest matching run without any.

    Raises GuildError if a run is not found.
    """
    home = config.guild_home()
    if specs:
        return selection.select_named(home, specs, query)
    return [selection.select_one(home, None, query)]


def select_named_or_all(specs: Sequence[str], query: RunQuery) -> list[IndexedRun]:
    """Return the runs that RUN arguments name, or all matching runs without any.

    Raises GuildError if a named run is not found.
    """
    home = config.guild_home()
    return selection.select_named_or_all(home, specs, query)


def report_no_match(message: str) -> int:
    """Print that a command on all matching runs has nothing to do, and return its exit code."""
    click.echo(message)
    return exit_codes.OK
