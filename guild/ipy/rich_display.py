"""How runs and batches show: as HTML in a notebook, as lines of text elsewhere."""

from __future__ import annotations

import html
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from guild.api import info as run_info
from guild.api import lookup
from guild.base import log
from guild.extend.observer import BatchStart, RunEnd, RunObserver
from guild.flags import values as flag_values
from guild.launch.function_search import SearchOptions
from guild.launch.objective import Objective
from guild.run import Run

_MOST_SCALARS = 10
_MOST_ROWS = 60


def register() -> None:
    """Have runs shown as tables in the notebook that this process is of, if it is."""
    shell = _shell()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Run, run_html)


def _shell() -> Any:
    """The IPython shell of this process, if there is one; IPython is not loaded for it."""
    loaded = sys.modules.get("IPython")
    return loaded.get_ipython() if loaded is not None else None


def _in_notebook() -> bool:
    return hasattr(_shell(), "kernel")


# -- Tables


def run_html(run: Run) -> str:
    """What `run` is, its flags and its scalars, as a small table."""
    known = lookup.read([run])
    if not known:
        return f"<p>Run {html.escape(run.short_id)} does not exist any more</p>"
    fields = run_info.core_fields(known[0])
    rows = [("run", run.short_id)]
    rows += [(name, fields[name]) for name in ("operation", "status", "started", "label")]
    rows += [(name, flag_values.encode(value)) for name, value in known[0].flags.items()]
    scalars = list(run_info.scalars(run).items())
    rows += [(name, f"{value:g}") for name, (value, _) in scalars[:_MOST_SCALARS]]
    body = "".join(f"<tr><th>{_cell(name)}</th><td>{_cell(text)}</td></tr>" for name, text in rows)
    return f"<table>{body}</table>"


def runs_html(runs: Sequence[Run]) -> str:
    """`runs` with flags and last scalars, a row each."""
    known = lookup.read(runs[:_MOST_ROWS])
    table = lookup.compare(known)
    head = "".join(f"<th>{_cell(name)}</th>" for name in table.header)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in table.rows
    )
    more = f"<p>and {len(runs) - _MOST_ROWS} more</p>" if len(runs) > _MOST_ROWS else ""
    return f"<table><tr>{head}</tr>{body}</table>{more}"


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(value))


# -- Batches


def observer(options: SearchOptions) -> RunObserver:
    """What shows a batch that goes: lines, and in a notebook a progress bar as well."""
    if _in_notebook():
        return _ProgressBar(options)
    return _Lines()


class _Lines(RunObserver):
    """A line before each trial."""

    def on_batch_start(self, batch: BatchStart) -> None:
        self._name = batch.operation

    def on_basis(self, message: str) -> None:
        log.info(message)

    def on_warning(self, message: str) -> None:
        log.warning(message)

    def on_trial_start(self, run: Run, flags: Mapping[str, Any]) -> None:
        print(f"Running {self._name} ({described(flags)}):")  # noqa: T201  # what the user sees


def described(flags: Mapping[str, Any]) -> str:
    """`a=1, b=text`."""
    return ", ".join(f"{name}={flag_values.encode(value)}" for name, value in flags.items())


class _ProgressBar(_Lines):
    """How many trials are done and which is the best so far, above the lines."""

    def __init__(self, options: SearchOptions) -> None:
        self._column = options.objective
        self._objective = Objective.parse(self._column)
        self._done = 0
        self._max_trials = 0
        self._best: tuple[float, Run] | None = None

    def on_batch_start(self, batch: BatchStart) -> None:
        from IPython import display

        super().on_batch_start(batch)
        self._max_trials = batch.max_trials
        show: Any = display.display  # not typed
        self._handle = show(self, display_id=True)

    def on_trial_end(self, end: RunEnd, flags: Mapping[str, Any]) -> None:
        self._done += 1
        value = self._objective.loss(end.run)
        if value is not None and (self._best is None or value < self._best[0]):
            self._best = (value, end.run)
        self._handle.update(self)

    def __repr__(self) -> str:
        return f"{self._done} of {self._max_trials} trials{self._best_text()}"

    def _repr_html_(self) -> str:
        return (
            f'<progress value="{self._done}" max="{self._max_trials}" style="width: 20em">'
            "</progress> "
            f"{_cell(repr(self))}"
        )

    def _best_text(self) -> str:
        if self._best is None:
            return ""
        run = self._best[1]
        name = self._column.removeprefix("-")
        value = self._objective.column_value(run)
        return f", best {name}={value:g} with {described(run.get('flags') or {})}"
