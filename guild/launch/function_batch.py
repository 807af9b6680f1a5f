"""Calling a Python function several times, each time as a run of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from guild.launch.function_search import Search
from guild.ops.functions.function_call import FunctionCall
from guild.ops.functions.function_run import FunctionRunOptions, run_function
from guild.run import Run


class Observer(Protocol):
    """Is told what a batch of calls does; shows it in some way."""

    def begin(self, name: str, most: int) -> None:
        """The batch of the operation `name` begins; it has `most` trials at the most."""

    def started(self, flags: Mapping[str, Any]) -> None:
        """A trial begins."""

    def ended(self, run: Run) -> None:
        """A trial has ended."""

    def close(self) -> None:
        """Nothing more will be told."""


class FunctionBatch(NamedTuple):
    """The runs of a batch in the order of their start, and what each returned."""

    runs: list[Run]
    results: list[Any]


def run_batch(
    call: FunctionCall,
    search: Search,
    observer: Observer,
    *,
    home: Path,
    options: FunctionRunOptions,
) -> FunctionBatch:
    """Make `call` with the arguments that `search` chooses, until there are no more.

    Raises what `run_function` does: the first trial that fails ends the batch.
    """
    batch = FunctionBatch([], [])
    observer.begin(options.op_name or call.name, search.most)
    try:
        while (values := search.next(batch.runs)) is not None:
            trial = call.replace(values)
            observer.started(trial.flags())
            run, result = run_function(trial, home=home, options=options)
            batch.runs.append(run)
            batch.results.append(result)
            observer.ended(run)
    finally:
        observer.close()
    return batch
