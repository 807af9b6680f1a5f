"""Option groups, exclusive options and help pages."""

from __future__ import annotations

from typing import NamedTuple

import click
import pytest

from guild.cli.command import Command, Option, OptionGroup, argument, command, option


class Order(NamedTuple):
    """Two options of one group."""

    min: str | None
    max: str | None


ORDER = OptionGroup(
    "Order",
    "order",
    Order,
    Option("-min", "--min", metavar="COLUMN", help="Lowest first."),
    Option("--max", hidden_names=("--maximum",), metavar="COLUMN", help="Highest first."),
    exclusive=(("--min", "--max"),),
)
FILTERS = OptionGroup(
    "Filters",
    "filters",
    lambda *, running: running,
    Option("-Sr", "--running/--not-running", default=None, help="Only running runs."),
)

calls: list[tuple[object, ...]] = []


@command(exclusive=(("--table", "--min"),), examples=(("show --table", "Print a table."),))
@argument("run", required=False, metavar="[RUN]", description="The run to show.")
@ORDER
@FILTERS
@option("-t", "--table", is_flag=True, help="Print a table.")
@option("-n", type=click.IntRange(1), help="Limit.")
def show(run: str | None, order: Order, filters: bool | None, table: bool, n: int | None) -> None:
    """Show a run."""
    calls.append((run, order, filters, table, n))


def invoke(*args: str) -> tuple[object, ...]:
    """Return the arguments that the function of the command received."""
    calls.clear()
    with show.make_context("show", list(args)) as ctx:
        show.invoke(ctx)
    return calls[0]


def test_group_is_passed_as_one_object():
    assert invoke() == (None, Order(None, None), None, False, None)
    assert invoke("1", "--max", "acc", "-Sr", "-t") == ("1", Order(None, "acc"), True, True, None)
    assert invoke("--not-running", "-n", "3") == (None, Order(None, None), False, False, 3)


def test_hidden_name_is_accepted():
    assert invoke("--maximum", "acc")[1] == Order(None, "acc")


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (("--max", "a", "-min", "b"), "--min and --max"),
        (("-min", "a", "--table"), "--table and --min"),
    ],
)
def test_exclusive_options_are_rejected(args, names):
    with pytest.raises(click.UsageError, match=f"{names} cannot both be used") as error:
        invoke(*args)
    assert error.value.ctx is not None


def help_page(command: Command, width: int) -> str:
    return command.get_help(click.Context(command, info_name="show", terminal_width=width))


def test_help_page_has_sections():
    assert help_page(show, 80) == (
        "Usage: show [OPTIONS] [RUN]\n"
        "\n"
        "  Show a run.\n"
        "\n"
        "Arguments:\n"
        "  RUN  The run to show.\n"
        "\n"
        "Examples:\n"
        "  show --table  Print a table.\n"
        "\n"
        "Options:\n"
        "  -t, --table           Print a table.\n"
        "  -n INTEGER RANGE      Limit.\n"
        "  --help                Show this message and exit.\n"
        "\n"
        "Order:\n"
        "  -min, --min COLUMN    Lowest first.\n"
        "  --max COLUMN          Highest first.\n"
        "\n"
        "Filters:\n"
        "  -Sr, --[not-]running  Only running runs."
    )


def test_help_option_joins_last_section_of_page_without_other_options():
    @command()
    @ORDER
    @FILTERS
    def sort(order: Order, filters: bool | None) -> None:
        """Sort runs."""

    page = help_page(sort, 80)
    assert "Options:" not in page
    assert page.index("Highest first.") < page.index("--help") < page.index("Filters:")


@pytest.mark.parametrize("width", [40, 50, 80, 120])
def test_help_page_fits_terminal(width):
    assert max(map(len, help_page(show, width).splitlines())) <= width
