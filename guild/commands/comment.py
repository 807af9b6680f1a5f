"""`guild comment`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from guild.api import changes, info
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_listing, run_selection
from guild.cli.command import command
from guild.index.query import IndexedRun, RunQuery
from guild.run import Run

_HELP_LINES = """

# Type a comment for:
#
{runs}
#
# Lines that begin with '#' are left out.
"""


class _Change(NamedTuple):
    """What is done to comments: the words for it, before and after it is done."""

    about: str
    done: str
    apply: Callable[[Run], None]
    default: bool = True


@command()
@run_selection.runs_argument("the latest run")
@click.option("-l", "--list", "list_", is_flag=True, help="List comments for specified runs.")
@click.option("-a", "--add", metavar="COMMENT", help="Add comment to specified runs.")
@click.option(
    "-e",
    "--edit",
    is_flag=True,
    help="Use an editor to type a comment. Enabled by default if no other option says what to do.",
)
@click.option(
    "-d",
    "--delete",
    type=click.IntRange(min=1),
    metavar="INDEX",
    help="Delete comment at INDEX from specified runs. Use --list to show available indexes.",
)
@click.option(
    "-c", "--clear", is_flag=True, help="Clear all comments associated with specified runs."
)
@click.option(
    "-u",
    "--user",
    metavar="USER",
    help="User associated with new comments. May include host as USER@HOST. By default the "
    "current user is used.",
)
@click.option("--json", "as_json", is_flag=True, help="Format the list of comments as JSON.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before modifying comments.")
def comment(
    runs: tuple[str, ...],
    list_: bool,
    add: str | None,
    edit: bool,
    delete: int | None,
    clear: bool,
    user: str | None,
    as_json: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Add or remove run comments.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory;
    without it the latest run is used.
    """
    _check(list_, add, edit, delete, clear)
    selected = run_selection.select_named_or_latest(runs, query)
    if list_:
        _list(selected, as_json)
        return 0
    change = _change(add, edit, delete, clear, user, selected)
    if not yes and not confirm.confirm_runs(
        f"{change.about} the following runs:", selected, default=change.default
    ):
        return exit_codes.DECLINED
    for run in selected:
        change.apply(run.run)
    click.echo(f"{change.done} {len(selected)} run(s)")
    return 0


def _check(list_: bool, add: str | None, edit: bool, delete: int | None, clear: bool) -> None:
    asked = {
        "--list": list_,
        "--delete": delete is not None,
        "--clear": clear,
        "--add": add is not None,
        "--edit": edit,
    }
    given = [name for name, is_given in asked.items() if is_given]
    if len(given) > 1 and given != ["--add", "--edit"]:
        raise click.UsageError(f"{given[0]} and {given[1]} cannot both be used")


def _change(
    add: str | None,
    edit: bool,
    delete: int | None,
    clear: bool,
    user: str | None,
    runs: list[IndexedRun],
) -> _Change:
    if clear:
        return _Change(
            "WARNING: You are about to delete ALL comments from",
            "Deleted all comments for",
            changes.clear_comments,
            default=False,
        )
    if delete is not None:
        return _Change(
            f"You are about to delete comment {delete} from",
            "Deleted comment for",
            lambda run: changes.delete_comment(run, delete),
        )
    body = add if add is not None and not edit else _edited(add or "", runs)
    if not body.strip():
        raise GuildError("aborting due to an empty comment")
    return _Change(
        "You are about to add a comment to",
        "Added comment to",
        lambda run: changes.add_comment(run, body, user),
    )


def _edited(text: str, runs: list[IndexedRun]) -> str:
    from guild.cli.editor import edit

    shown = "\n".join(f"#{line}" for line in run_listing.preview(runs))
    typed = edit(text + _HELP_LINES.format(runs=shown), ".txt")
    return "\n".join(line for line in typed.splitlines() if not line.startswith("#")).strip()


def _list(runs: list[IndexedRun], as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps([{"id": run.id, "comments": info.comments(run.run)} for run in runs]))
        return
    heads = run_listing.lines(runs, [run.short_id for run in runs])
    for run, head in zip(runs, heads, strict=True):
        click.echo(run_listing.fitted(head))
        shown = run_listing.comment_lines(changes.comments(run.run), numbered=True)
        for line in shown or ["  <no comments>"]:
            click.echo(line)
