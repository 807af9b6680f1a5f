"""A driver for the interactive table, in the test process and without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from guild.index.comparison_table import CompareOptions
from guild.index.query import RunQuery
from guild.testing.project import Project
from guild.view.tui.app import CompareApp
from guild.view.tui.grid import RunGrid
from guild.view.tui.messages import redirect_messages
from guild.view.tui.table_source import TableRequest

PATIENCE = 60.0


class Table:
    """The table from a user's perspective: keys as input, lines as output."""

    def __init__(self, app: CompareApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def grid(self) -> RunGrid:
        return self.app.query_one(RunGrid)

    async def go_to(self, column: str) -> None:
        """Move the cursor to a column."""
        await self.press(*["left"] * 20)
        while self.grid.column != column:
            before = self.grid.column
            await self.press("right")
            assert self.grid.column != before, f"no column {column}:\n{self.describe()}"

    @property
    def lines(self) -> list[str]:
        """Return the lines of the grid that are not empty, starting with the header."""
        lines = [self.grid.render_line(y).text.rstrip() for y in range(self.grid.size.height)]
        return [line for line in lines if line]

    @property
    def ids(self) -> list[str]:
        """Return the short ids of the runs from top to bottom."""
        return [line[2:10] for line in self.lines[1:]]

    @property
    def title(self) -> str:
        return str(self.app.screen_stack[0].query_one(".title", Static).content)

    @property
    def top(self) -> str:
        """Return the text of the top screen."""
        return "\n".join(str(part.content) for part in self.app.screen.query(Static))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        for character in text:
            await self.pilot.press("space" if character == " " else character)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` returns true."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, self.describe()
            await self.pilot.pause(0.02)

    def describe(self) -> str:
        return "\n".join([self.title, *self.lines, "--- screen in front", self.top])


@asynccontextmanager
async def open_table(
    home: Path,
    columns_file: Path,
    *,
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    size: tuple[int, int] = (100, 30),
) -> AsyncIterator[Table]:
    """Open the table of the runs in `home`, and wait until it is shown."""
    app = CompareApp(TableRequest(home, (), query, options), str(columns_file.parent), columns_file)
    with redirect_messages(app.queue_message):
        async with app.run_test(size=size) as pilot:
            table = Table(app, pilot)
            await table.until(lambda: "runs" in table.title and "Reading" not in table.title)
            yield table


def use(
    project: Project,
    steps: Callable[[Table], Awaitable[None]],
    *,
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    size: tuple[int, int] = (100, 30),
    columns_file: Path | None = None,
) -> None:
    """Open the table of a project's runs, run `steps`, and close it."""

    async def drive() -> None:
        file = columns_file or project.path / "saved_columns.json"
        async with open_table(project.home, file, options=options, query=query, size=size) as table:
            await steps(table)

    asyncio.run(drive())
