"""A web page of a table in HiPlot: runs as lines through parallel coordinates."""

from __future__ import annotations

from guild.api.table_formats import cell_text
from guild.base.errors import GuildError
from guild.index.comparison_table import Table


def render_hiplot(table: Table) -> str:
    """The page, which needs nothing but a browser.

    Raises GuildError where the package `hiplot` is missing.
    """
    try:
        from hiplot import Experiment
    except ImportError:
        raise GuildError(
            "HiPlot is not installed - install it with: pip install 'guild-runner[hiplot]'"
        ) from None
    experiment = Experiment.from_iterable(
        {
            name: value if isinstance(value, (int, float)) else cell_text(value)
            for name, value in zip(table.header, row, strict=True)
            if value is not None
        }
        for row in table.rows
    )
    page: str = experiment.to_html()
    return page
