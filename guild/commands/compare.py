"""`guild compare`."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

import click

from guild import config
from guild.api import lookup, selection, table_formats
from guild.base import files
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.columns import align_rows
from guild.cli.command import Option, OptionGroup, command
from guild.index.comparison_table import CompareOptions, Table
from guild.index.fields import operation_name
from guild.index.query import IndexedRun, RunQuery
from guild.scalars.scalar_names import format_name


class OutputOptions(NamedTuple):
    """The form in which runs are compared; the default is the interactive table."""

    table: bool
    csv: str | None
    json: bool
    tool: str | None
    print_scalars: bool


_TABLE_OPTIONS = OptionGroup(
    "Rows and columns",
    "options",
    CompareOptions,
    Option("--min", metavar="COLUMN", help="Show the lowest values of COLUMN first."),
    Option("--max", metavar="COLUMN", help="Show the highest values of COLUMN first."),
    Option(
        "-n",
        "--limit",
        hidden_names=("--top",),
        type=click.IntRange(min=1),
        metavar="N",
        help="Show only the first N runs.",
    ),
    Option(
        "-c",
        "--cols",
        "columns",
        hidden_names=("--columns",),
        metavar="COLUMNS",
        help="Add columns, separated by commas.",
    ),
    Option(
        "-cc",
        "--strict-cols",
        "strict_columns",
        hidden_names=("--strict-columns",),
        metavar="COLUMNS",
        help="Show only these columns, separated by commas.",
    ),
    Option("-s", "--all-scalars", is_flag=True, help="Include system scalars."),
    Option(
        "-e",
        "--extra-cols",
        "extra_columns",
        is_flag=True,
        help="Include columns such as the source digest.",
    ),
    Option("-r", "--skip-core", is_flag=True, help="Omit core columns."),
    Option(
        "-p",
        "--skip-op-cols",
        is_flag=True,
        help="Omit 'compare' columns of guild.yml.",
    ),
    Option(
        "-u",
        "--skip-unchanged",
        is_flag=True,
        help="Omit columns with one value for all runs.",
    ),
    Option("--include-batch", is_flag=True, help="Include batch runs."),
    exclusive=(("--min", "--max"), ("--cols", "--strict-cols")),
)

_OUTPUT_OPTIONS = OptionGroup(
    "Output",
    "output",
    OutputOptions,
    Option("-t", "--table", is_flag=True, help="Print a table."),
    Option("--csv", metavar="PATH", help="Write a CSV file ('-' for standard output)."),
    Option("--json", is_flag=True, help="Print JSON."),
    Option(
        "--tool",
        type=click.Choice(("hiplot",)),
        metavar="TOOL",
        help="Open the runs in a tool: hiplot.",
    ),
    Option("--print-scalars", is_flag=True, help="List the scalars of each run and exit."),
    exclusive=(("--table", "--csv", "--json", "--tool", "--print-scalars"),),
)


@command(
    examples=(
        ("guild compare --table --min loss", "Print the lowest loss first."),
        ("guild compare -cc '=lr, min loss as best'", "Compare only two columns."),
        ("guild compare -Fo train --csv runs.csv", "Save the runs of 'train'."),
    )
)
@run_selection.runs_argument("all matching runs")
@_TABLE_OPTIONS
@_OUTPUT_OPTIONS
@run_selection.RUN_FILTERS
def compare(
    runs: tuple[str, ...], options: CompareOptions, output: OutputOptions, query: RunQuery
) -> None:
    """Compare runs in a table.

    On a terminal, the table is interactive and updated live; press '?' in it for help. Elsewhere,
    and with --table, it is printed.

    Columns appear in this order: core columns, then the operation's 'compare' columns (by default
    its flags and scalars), then any added with --cols. A column is one of

    \b
        =NAME          a flag
        .NAME          a run attribute
        KEY            the last value of a scalar
        min KEY        another value of a scalar: first, last, min, max, avg,
                       total or count
        KEY step       the step of that value
        ... as NAME    rename the column

    KEY is the name of a scalar, such as 'loss', prefixed with the folder of its event files if
    ambiguous, such as 'train#loss'. Use --print-scalars to list scalars. --min and --max accept
    a heading of the table or such a column.
    """
    home = config.guild_home()
    if not any(output) and _is_interactive():
        _show_interactive(home, runs, query, options)
        return
    selected = selection.select_named_or_all(home, runs, query)
    if output.print_scalars:
        _print_scalars(selected, system=options.all_scalars)
        return
    table = lookup.compare_selected(home, selected, options)
    if output.csv:
        _write_csv(table, output.csv)
    elif output.json:
        click.echo(table_formats.format_json(table))
    elif output.tool:
        _open_in_hiplot(table)
    else:
        _print_table(table)


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _show_interactive(
    home: Path, specs: tuple[str, ...], query: RunQuery, options: CompareOptions
) -> None:
    from guild.view.tui import saved_columns
    from guild.view.tui.app import show_table
    from guild.view.tui.table_source import TableRequest

    request = TableRequest(home, specs, query, options)
    show_table(request, os.getcwd(), saved_columns.locate_file(os.getcwd(), os.environ))


def _write_csv(table: Table, path: str) -> None:
    if path == "-":
        table_formats.write_csv(table, sys.stdout)
        return
    text = io.StringIO(newline="")
    table_formats.write_csv(table, text)
    try:
        files.write_output_file(Path(path), text.getvalue().encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise GuildError(f"cannot write '{path}': {error.strerror}") from None
    click.echo(f"Wrote {len(table.rows)} row(s) to {path}", err=True)


def _open_in_hiplot(table: Table) -> None:
    import tempfile
    import webbrowser

    from guild.view.web import hiplot_page

    if not table.rows:
        raise GuildError("no runs to compare")
    page = hiplot_page.render_hiplot(table)
    if path := os.environ.get("HIPLOT_HTML"):
        # Guild AI 0.9 wording
        click.echo("Preparing data for compare")
        files.write_atomic(Path(path), page.encode())
        click.echo(f"Saved HiPlot HTML to {path}")
        return
    with tempfile.NamedTemporaryFile(
        "w", prefix="guild-compare-", suffix=".html", delete=False, encoding="utf-8"
    ) as file:
        file.write(page)
    click.echo(f"Opening {file.name}")
    webbrowser.open(f"file://{file.name}")


def _print_table(table: Table) -> None:
    rows = [table.header, *table.rows] if table.header else []
    for line in align_rows([table_formats.format_cell(value) for value in row] for row in rows):
        click.echo(line)


def _print_scalars(runs: list[IndexedRun], *, system: bool) -> None:
    from guild.cli.field_lines import format_scalar

    scalars = lookup.read_scalars(runs, system=system)
    for run in runs:
        click.echo(f"[{run.short_id}] {printable(operation_name(run))}")
        for row in scalars.get(run.path, ()):
            value = format_scalar(row.last_val, row.last_step)
            click.echo(f"  {printable(format_name(row.prefix, row.tag))}: {value}")
