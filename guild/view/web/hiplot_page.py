"""Web pages that show a table in HiPlot, with runs as parallel coordinates."""

from __future__ import annotations

from guild.api.table_formats import format_cell
from guild.base.errors import GuildError
from guild.index.comparison_table import Table


def render_hiplot(table: Table) -> str:
    """Render a table as a self-contained HTML page.

    Raises GuildError if the package `hiplot` is not installed.
    """
    try:
        from hiplot import Experiment
    except ImportError:
        raise GuildError(
            "HiPlot is not installed; install it with 'pip install guild-runner[hiplot]'"
        ) from None
    experiment = Experiment.from_iterable(
        {
            name: value if isinstance(value, (int, float)) else format_cell(value)
            for name, value in zip(table.header, row, strict=True)
            if value is not None
        }
        for row in table.rows
    )
    page: str = experiment.to_html()
    return page
