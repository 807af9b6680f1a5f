"""`guild label`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from guild.api import changes
from guild.cli import confirm, exit_codes, run_selection
from guild.cli.command import command
from guild.index.query import RunQuery
from guild.run import Run


class _Change(NamedTuple):
    """What is done to a label: the words for it, before and after it is done."""

    about: str
    done: str
    apply: Callable[[Run], None]


@command(exclusive=(("--set", "--prepend", "--append", "--remove", "--clear"),))
@run_selection.runs_argument("the latest run")
@click.option("-s", "--set", "set_", metavar="VAL", help="Set VAL as label.")
@click.option("-p", "--prepend", metavar="VAL", help="Prepend VAL to existing label.")
@click.option("-a", "--append", metavar="VAL", help="Append VAL to existing label.")
@click.option(
    "-rm",
    "--remove",
    multiple=True,
    metavar="VAL",
    help="Remove VAL from existing label. May be used multiple times.",
)
@click.option("-c", "--clear", is_flag=True, help="Clear the entire run label.")
@run_selection.RUN_FILTERS
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before modifying labels.")
def label(
    runs: tuple[str, ...],
    set_: str | None,
    prepend: str | None,
    append: str | None,
    remove: tuple[str, ...],
    clear: bool,
    yes: bool,
    query: RunQuery,
) -> int:
    """Set run labels.

    RUN is an index, a range of indexes, the start of a run's id, or a run directory;
    without it the latest run is labeled. What is prepended, appended or removed is words
    of the label.
    """
    change = _change(set_, prepend, append, remove, clear)
    selected = run_selection.select_named_or_latest(runs, query)
    if not yes and not confirm.confirm_runs(f"You are about to {change.about}:", selected):
        return exit_codes.DECLINED
    for run in selected:
        change.apply(run.run)
    click.echo(f"{change.done} {len(selected)} run(s)")
    return 0


def _change(
    set_: str | None,
    prepend: str | None,
    append: str | None,
    remove: tuple[str, ...],
    clear: bool,
) -> _Change:
    """The one change that is asked for."""
    asked: dict[str, _Change] = {}
    if set_ is not None:
        asked["--set"] = _Change(
            f"label the following runs with '{set_}'",
            "Labeled",
            lambda run: changes.set_label(run, set_),
        )
    if prepend is not None:
        asked["--prepend"] = _Change(
            f"prepend '{prepend}' to the label of the following runs",
            "Labeled",
            lambda run: changes.prepend_label(run, prepend),
        )
    if append is not None:
        asked["--append"] = _Change(
            f"append '{append}' to the label of the following runs",
            "Labeled",
            lambda run: changes.append_label(run, append),
        )
    if remove:
        words = ", ".join(f"'{text}'" for text in remove)
        asked["--remove"] = _Change(
            f"remove {words} from the label of the following runs",
            "Labeled",
            lambda run: changes.remove_from_label(run, remove),
        )
    if clear:
        asked["--clear"] = _Change(
            "clear the label of the following runs",
            "Cleared label for",
            lambda run: changes.set_label(run, ""),
        )
    if not asked:
        raise click.UsageError("missing one of: --set, --append, --prepend, --remove, --clear")
    return next(iter(asked.values()))
