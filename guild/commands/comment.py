"""`guild comment`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from guild.api import changes, run_info
from guild.base.errors import GuildError
from guild.cli import confirm, exit_codes, run_listing, run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import IndexedRun, RunQuery
from guild.run import Run

_EDITOR_HELP = """

# Type a comment for:
#
{runs}
#
# Lines that begin with '#' are ignored.
"""


class CommentOptions(NamedTuple):
    """An action on the comments of runs."""

    list_: bool
    add: str | None
    edit: bool
    delete: int | None
    clear: bool
    user: str | None
    as_json: bool


class _Change(NamedTuple):
    """A change to the comments of a run, with the wording of its prompt and its report."""

    prompt: str
    report: str
    apply: Callable[[Run], None]
    default: bool = True


_OPTIONS = OptionGroup(
    "Options",
    "options",
    CommentOptions,
    Option("-l", "--list", "list_", is_flag=True, help="List the comments of runs."),
    Option("-a", "--add", metavar="COMMENT", help="Add a comment."),
    Option("-e", "--edit", is_flag=True, help="Type the comment in an editor (default)."),
    Option(
        "-d",
        "--delete",
        type=click.IntRange(min=1),
        metavar="INDEX",
        help="Delete the comment at INDEX of --list.",
    ),
    Option("-c", "--clear", is_flag=True, help="Delete all comments."),
    Option(
        "-u",
        "--user",
        metavar="USER",
        help="Author of the comment as USER or USER@HOST (default: the current user).",
    ),
    Option("--json", "as_json", is_flag=True, help="Print --list as JSON."),
    exclusive=(
        ("--list", "--delete", "--clear", "--add"),
        ("--list", "--delete", "--clear", "--edit"),
    ),
)


@command(
    examples=(
        ("guild comment 1 -a 'Loss plateaus early'", "Comment on the latest run."),
        ("guild comment --list 1:5", "List the comments of five runs."),
    )
)
@run_selection.runs_argument("the latest run")
@_OPTIONS
@confirm.yes_option
@run_selection.RUN_FILTERS
def comment(runs: tuple[str, ...], options: CommentOptions, yes: bool, query: RunQuery) -> int:
    """Add or remove run comments."""
    selected = run_selection.select_named_or_latest(runs, query)
    if options.list_:
        _print_comments(selected, options.as_json)
        return exit_codes.OK
    change = _make_change(options, selected)
    if not yes and not confirm.confirm_runs(
        f"{change.prompt} the following runs:", selected, default=change.default
    ):
        return exit_codes.DECLINED
    for run in selected:
        change.apply(run.run)
    click.echo(f"{change.report} {len(selected)} run(s)")
    return exit_codes.OK


def _make_change(options: CommentOptions, runs: list[IndexedRun]) -> _Change:
    """Return the change that the options request, after the user has typed a comment."""
    delete = options.delete
    if options.clear:
        return _Change(
            "WARNING: You are about to delete ALL comments from",  # Guild AI 0.9 wording
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
    body = options.add or ""
    if options.edit or options.add is None:
        body = _edit_comment(body, runs)
    if not body.strip():
        raise GuildError("aborting due to an empty comment")  # Guild AI 0.9 wording
    return _Change(
        "You are about to add a comment to",
        "Added comment to",
        lambda run: changes.add_comment(run, body, options.user),
    )


def _edit_comment(body: str, runs: list[IndexedRun]) -> str:
    from guild.cli.editor import edit

    listing = "\n".join(f"#{line}" for line in run_listing.preview_runs(runs))
    edited = edit(body + _EDITOR_HELP.format(runs=listing), ".txt")
    return "\n".join(line for line in edited.splitlines() if not line.startswith("#")).strip()


def _print_comments(runs: list[IndexedRun], as_json: bool) -> None:
    if as_json:
        import json

        click.echo(
            json.dumps(
                [{"id": run.id, "comments": run_info.format_comments(run.run)} for run in runs]
            )
        )
        return
    heads = run_listing.format_runs(runs, [run.short_id for run in runs])
    for run, head in zip(runs, heads, strict=True):
        click.echo(run_listing.fit_line(head))
        lines = run_listing.format_comments(changes.list_comments(run.run), numbered=True)
        for line in lines or ["  <no comments>"]:
            click.echo(line)
