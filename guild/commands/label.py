"""`guild label`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from guild.api import changes
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import RunQuery
from guild.run import Run


class LabelOptions(NamedTuple):
    """The change of a label; exactly one is set."""

    set_: str | None
    prepend: str | None
    append: str | None
    remove: tuple[str, ...]
    clear: bool


class _Change(NamedTuple):
    """A change of a run's label, with the wording of its prompt and its report."""

    prompt: str
    apply: Callable[[Run], None]
    report: str = "Labeled"


_OPTIONS = OptionGroup(
    "Options",
    "options",
    LabelOptions,
    Option("-s", "--set", "set_", metavar="LABEL", help="Set the label to LABEL."),
    Option("-a", "--append", metavar="TEXT", help="Add words at the end of the label."),
    Option("-p", "--prepend", metavar="TEXT", help="Add words at the start of the label."),
    Option(
        "-rm",
        "--remove",
        multiple=True,
        metavar="TEXT",
        help="Remove words from the label (repeatable).",
    ),
    Option("-c", "--clear", is_flag=True, help="Remove the label."),
    exclusive=(("--set", "--prepend", "--append", "--remove", "--clear"),),
)


@command(
    examples=(
        ("guild label 1 --set baseline", "Label the latest run."),
        ("guild label -Fo train --clear", "Clear the label of the latest 'train' run."),
    )
)
@run_selection.runs_argument("the latest run")
@_OPTIONS
@confirm.yes_option
@run_selection.RUN_FILTERS
def label(runs: tuple[str, ...], options: LabelOptions, yes: bool, query: RunQuery) -> int:
    """Set run labels.

    --prepend, --append and --remove work on whole words.
    """
    change = _make_change(options)
    selected = run_selection.select_named_or_latest(runs, query)
    if not yes and not confirm.confirm_runs(f"You are about to {change.prompt}:", selected):
        return exit_codes.DECLINED
    for run in selected:
        change.apply(run.run)
    click.echo(f"{change.report} {len(selected)} run(s)")
    return exit_codes.OK


def _make_change(options: LabelOptions) -> _Change:
    """Return the change that the options request. Raises click.UsageError if none is set."""
    set_, prepend, append, remove, clear = options
    if set_ is not None:
        return _Change(
            f"label the following runs with '{set_}'", lambda run: changes.set_label(run, set_)
        )
    if prepend is not None:
        return _Change(
            f"prepend '{prepend}' to the label of the following runs",
            lambda run: changes.set_label(run, f"{prepend} {run.label}".strip()),
        )
    if append is not None:
        return _Change(
            f"append '{append}' to the label of the following runs",
            lambda run: changes.set_label(run, f"{run.label} {append}".strip()),
        )
    if remove:
        words = ", ".join(f"'{word}'" for word in remove)
        return _Change(
            f"remove {words} from the label of the following runs",
            lambda run: changes.remove_from_label(run, remove),
        )
    if clear:
        return _Change(
            "clear the label of the following runs",
            lambda run: changes.set_label(run, ""),
            "Cleared label for",
        )
    # Guild AI 0.9 wording
    raise click.UsageError("missing one of: --set, --append, --prepend, --remove, --clear")
