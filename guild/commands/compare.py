"""`guild compare`."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import click

from guild import config
from guild.api import comparison, table_formats
from guild.base import files
from guild.base.errors import GuildError
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.columns import aligned
from guild.cli.command import command
from guild.index.comparison_table import CompareOptions, Table
from guild.index.fields import operation_name
from guild.index.query import IndexedRun, RunQuery
from guild.scalars.scalar_names import format_name

# Each shows the runs in another way.
_WAYS = ("table", "csv", "json", "tool", "print_scalars")


@command()
@run_selection.runs_argument("all matching runs")
@click.option("--min", "min_", metavar="COLUMN", help="Show the lowest values for COLUMN first.")
@click.option("--max", "max_", metavar="COLUMN", help="Show the highest values for COLUMN first.")
@click.option(
    "-n",
    "--limit",
    "--top",
    "limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only show the top N runs.",
)
@click.option(
    "-e",
    "--extra-cols",
    "extra_columns",
    is_flag=True,
    help="Show extra columns such as the source code digest.",
)
@click.option(
    "-s",
    "--all-scalars",
    is_flag=True,
    help="Include all scalars. By default system scalars are omitted.",
)
@click.option(
    "-c",
    "--cols",
    "--columns",
    "columns",
    metavar="COLUMNS",
    help="Comma delimited list of additional columns to compare. Cannot be used with "
    "--strict-cols.",
)
@click.option(
    "-cc",
    "--strict-cols",
    "--strict-columns",
    "strict_columns",
    metavar="COLUMNS",
    help="Comma delimited list of the columns to compare. Cannot be used with --cols.",
)
@click.option(
    "-p",
    "--skip-op-cols",
    is_flag=True,
    help="Don't show columns specified by the 'compare' operation attribute in the Guild file.",
)
@click.option("-r", "--skip-core", is_flag=True, help="Don't show core columns.")
@click.option(
    "-u",
    "--skip-unchanged",
    is_flag=True,
    help="Don't show columns with values that do not change.",
)
@click.option("-t", "--table", is_flag=True, help="Show comparison data as a table.")
@click.option(
    "--csv",
    metavar="PATH",
    help="Save comparison data to a CSV file. Use '-' for PATH to print to standard output.",
)
@click.option("--json", is_flag=True, help="Print comparison data as JSON.")
@click.option(
    "--tool",
    type=click.Choice(("hiplot",)),
    metavar="TOOL",
    help="Use TOOL to compare runs: hiplot opens a page with parallel coordinates.",
)
@click.option("--include-batch", is_flag=True, help="Include batch runs.")
@click.option("--print-scalars", is_flag=True, help="Show available scalars and exit.")
@run_selection.RUN_FILTERS
def compare(runs: tuple[str, ...], query: RunQuery, **options: Any) -> None:
    """Compare runs in a table.

    On a terminal this is an interactive table of the runs, kept up to date while they go:
    press '?' in it for its keys. Elsewhere, and with --table, it is printed.

    RUN is an index, a range of indexes such as '1:5', the start of a run's id, or a run
    directory; without it all runs that the filters leave are compared.

    The columns are what any run has, then what 'compare' of the operation in the Guild
    file lists, or without that its flags and scalars, then those of --cols. COLUMNS are
    separated by commas; each is one of

    \b
        =NAME          a flag
        .NAME          a run attribute
        KEY            the last value of a scalar
        min KEY        another value of it: first, last, min, max, avg, total, count
        KEY step       the step of that value
        ... as NAME    the same below another heading

    and a KEY is the name of a scalar, if need be with the folder of its event files in
    front: 'loss', 'train#loss'. See --print-scalars for what there is.

    COLUMN of --min and --max is a heading of the table or such a column.
    """
    _check(options)
    home = config.guild_home()
    if not any(options[way] for way in _WAYS) and _is_interactive():
        _show_interactive(home, runs, query, options)
        return
    selected = comparison.select(home, runs, query)
    if options["print_scalars"]:
        _print_scalars(selected, all_=options["all_scalars"])
        return
    asked = _compare_options(options)
    table = comparison.compare(home, selected, asked)
    if options["csv"]:
        _write_csv(table, options["csv"])
    elif options["json"]:
        click.echo(table_formats.to_json(table))
    elif options["tool"]:
        _open_in_hiplot(table)
    else:
        _print_table(table)


def _check(options: dict[str, Any]) -> None:
    ways = [f"--{way.replace('_', '-')}" for way in _WAYS if options[way]]
    if len(ways) > 1:
        raise click.UsageError(f"{ways[0]} and {ways[1]} cannot both be used")
    for first, second in (("min_", "max_"), ("columns", "strict_columns")):
        if options[first] is not None and options[second] is not None:
            names = {"columns": "--cols", "strict_columns": "--strict-cols"}
            shown = [names.get(name, f"--{name.rstrip('_')}") for name in (first, second)]
            raise click.UsageError(f"{shown[0]} and {shown[1]} cannot both be used")


def _compare_options(options: dict[str, Any]) -> CompareOptions:
    same = {name: options[name] for name in CompareOptions._fields if name in options}
    return CompareOptions(min=options["min_"], max=options["max_"], **same)


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _show_interactive(
    home: Path, specs: tuple[str, ...], query: RunQuery, options: dict[str, Any]
) -> None:
    from guild.view.tui import saved_columns
    from guild.view.tui.app import show_table
    from guild.view.tui.table_source import TableRequest

    request = TableRequest(home, specs, query, _compare_options(options))
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
    with tempfile.NamedTemporaryFile(
        "w", prefix="guild-compare-", suffix=".html", delete=False, encoding="utf-8"
    ) as file:
        file.write(page)
    click.echo(f"Opening {file.name}")
    webbrowser.open(f"file://{file.name}")


def _print_table(table: Table) -> None:
    rows = [table.header, *table.rows] if table.header else []
    for line in aligned([table_formats.cell_text(value) for value in row] for row in rows):
        click.echo(line)


def _print_scalars(runs: list[IndexedRun], *, all_: bool) -> None:
    from guild.cli.field_lines import scalar_value

    found = comparison.scalars(config.guild_home(), runs, system=all_)
    for run in runs:
        click.echo(f"[{run.short_id}] {printable(operation_name(run))}")
        for row in found.get(run.id, ()):
            value = scalar_value(row.last_val, row.last_step)
            click.echo(f"  {printable(format_name(row.prefix, row.tag))}: {value}")
