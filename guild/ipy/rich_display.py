"""Runs and batches as text and HTML, and the progress of batches."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guild.api import lookup, run_info
from guild.api.running import LoggingObserver
from guild.base import log
from guild.base.errors import GuildError
from guild.extend.observer import BatchStart, RunEnd, RunObserver
from guild.flags import values as flag_values
from guild.index.comparison_table import CompareOptions
from guild.launch.function_search import SearchOptions
from guild.launch.objective import Objective
from guild.run import Run

_MAX_SCALARS = 10
_MAX_ROWS = 60
_INFO_FIELDS = ("id", "operation", "status", "started", "stopped", "label", "run_dir")


def register() -> None:
    """Show runs as HTML tables if this process belongs to a notebook."""
    shell = _find_shell()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Run, render_run)


def _find_shell() -> Any:
    """Return the IPython shell of this process, if any, without importing IPython."""
    loaded = sys.modules.get("IPython")
    return loaded.get_ipython() if loaded is not None else None


# -- Runs


def format_info(run: Run, *, output: bool = False, scalars: bool = False) -> str:
    """Return information about `run` as lines. Raises GuildError if it no longer exists."""
    return "\n".join(_info_lines(run, output=output, scalars=scalars))


def _info_lines(run: Run, *, output: bool, scalars: bool) -> Iterator[str]:
    current = lookup.read_runs([run])
    if not current:
        raise GuildError(f"run {run.short_id} no longer exists ({run.path})")
    fields = run_info.read_core_fields(current[0])
    yield from (f"{name}: {fields[name]}".rstrip() for name in _INFO_FIELDS)
    yield "flags:"
    for name, value in sorted(current[0].flags.items()):
        yield f"  {name}: {flag_values.encode(value)}"
    if scalars:
        yield "scalars:"
        for name, (value, step) in run_info.read_scalar_values(run).items():
            yield f"  {name}: {value} (step {step})"
    if output:
        yield "output:"
        yield from (f"  {line}" for line in run_info.read_output(run).splitlines())


def render_run(run: Run) -> str:
    """Return an HTML table with the operation, flags and scalars of `run`."""
    current = lookup.read_runs([run])
    if not current:
        return f"<p>Run {html.escape(run.short_id)} no longer exists</p>"
    fields = run_info.read_core_fields(current[0])
    rows = [("run", run.short_id)]
    rows += [(name, fields[name]) for name in ("operation", "status", "started", "label")]
    rows += [(name, flag_values.encode(value)) for name, value in current[0].flags.items()]
    scalars = list(run_info.read_scalar_values(run).items())
    rows += [(name, f"{value:g}") for name, (value, _) in scalars[:_MAX_SCALARS]]
    body = "".join(f"<tr><th>{_escape(name)}</th><td>{_escape(v)}</td></tr>" for name, v in rows)
    return f"<table>{body}</table>"


def render_runs(runs: Sequence[Run]) -> str:
    """Return an HTML table with a row for each run: flags and last scalars."""
    table = lookup.compare_anywhere(runs[:_MAX_ROWS], CompareOptions())
    head = "".join(f"<th>{_escape(name)}</th>" for name in table.header)
    body = "".join(
        f"<tr>{''.join(f'<td>{_escape(value)}</td>' for value in row)}</tr>" for row in table.rows
    )
    more = f"<p>and {len(runs) - _MAX_ROWS} more</p>" if len(runs) > _MAX_ROWS else ""
    return f"<table><tr>{head}</tr>{body}</table>{more}"


def _escape(value: object) -> str:
    return "" if value is None else html.escape(str(value))


# -- Batches


def make_observer(options: SearchOptions) -> RunObserver:
    """Return an observer that prints lines and, in a notebook, shows a progress bar."""
    return _ProgressBar(options) if hasattr(_find_shell(), "kernel") else _Lines()


class _Lines(LoggingObserver):
    """An observer that prints a line before each trial."""

    def on_batch_start(self, batch: BatchStart) -> None:
        self._name = batch.operation

    def on_basis(self, message: str) -> None:
        log.info(message)

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        print(f"Running {self._name} ({_format_flags(flags)}):")  # noqa: T201  # as on the command line


def _format_flags(flags: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={flag_values.encode(value)}" for name, value in flags.items())


class _ProgressBar(_Lines):
    """An observer that also shows the number of finished trials and the best one so far."""

    def __init__(self, options: SearchOptions) -> None:
        self._column = options.objective
        self._objective = Objective.parse(self._column)
        self._finished = 0
        self._max_trials = 0
        self._best: tuple[float, Run] | None = None

    def on_batch_start(self, batch: BatchStart) -> None:
        from IPython import display

        super().on_batch_start(batch)
        self._max_trials = batch.max_trials
        show: Any = display.display  # not typed
        self._handle = show(self, display_id=True)

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        self._finished += 1
        value = self._objective.loss(end.run)
        if value is not None and (self._best is None or value < self._best[0]):
            self._best = (value, end.run)
        self._handle.update(self)

    def __repr__(self) -> str:
        return f"{self._finished} of {self._max_trials} trials{self._format_best()}"

    def _repr_html_(self) -> str:
        return (
            f'<progress value="{self._finished}" max="{self._max_trials}" style="width: 20em">'
            f"</progress> {_escape(repr(self))}"
        )

    def _format_best(self) -> str:
        if self._best is None:
            return ""
        run = self._best[1]
        name = self._column.removeprefix("-")
        value = self._objective.column_value(run)
        return f", best {name}={value:g} with {_format_flags(run.flags)}"
