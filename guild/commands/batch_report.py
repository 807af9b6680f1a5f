"""A batch told line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guild.base import log
from guild.batch.executor import Ended
from guild.batch.stage import StagedBatch
from guild.flags import values as flag_values
from guild.run import Run


class LineReporter:
    """A line for each trial that begins, and for each that ends where several run at a time."""

    def __init__(self, tell_ends: bool) -> None:
        self._tell_ends = tell_ends
        self._operation = ""

    def begin(self, batch: StagedBatch, most: int) -> None:
        self._operation = batch.operation.name

    def basis(self, text: str) -> None:
        log.info(text)

    def started(self, run: Run, flags: Mapping[str, Any]) -> None:
        values = ", ".join(f"{name}={shown(value)}" for name, value in sorted(flags.items()))
        log.info(f"Running trial {run.id}: {self._operation} ({values})")

    def ended(self, end: Ended, flags: Mapping[str, Any]) -> None:
        if end.error:
            log.warning(f"Trial {end.run.id} failed: {end.error}")
        elif self._tell_ends:
            how = "completed" if end.exit_code == 0 else f"failed with exit code {end.exit_code}"
            log.info(f"Trial {end.run.id} {how}")

    def close(self) -> None:
        """Nothing is left to tell."""


def shown(value: Any) -> str:
    """A flag value in a line about a trial."""
    return flag_values.encode(value)
