"""Calling a Python function several times, each time as a run of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from guild.extend.observer import BatchStart, RunEnd, RunObserver
from guild.launch.function_search import Search
from guild.ops.functions.function_call import FunctionCall
from guild.ops.functions.function_run import FunctionRunOptions, run_function
from guild.run import Run
from guild.runs.store import RunStore


class FunctionBatch(NamedTuple):
    """The runs of a batch in the order of their start, and what each returned."""

    runs: list[Run]
    results: list[Any]


def run_batch(
    call: FunctionCall,
    search: Search,
    observer: RunObserver,
    *,
    home: Path,
    options: FunctionRunOptions,
) -> FunctionBatch:
    """Make `call` with the arguments that `search` chooses, until there are no more.

    Raises what `run_function` does: the first trial that fails ends the batch.
    """
    batch = FunctionBatch([], [])
    placeholder = RunStore(home).new()
    name = options.op_name or call.name
    observer.on_batch_start(
        BatchStart(placeholder, name, name, {}, "loss", search.most, existing=0)
    )
    try:
        while (values := search.next(batch.runs)) is not None:
            trial = call.replace(values)
            observer.on_trial_start(placeholder, trial.flags())
            run, result = run_function(trial, home=home, options=options)
            batch.runs.append(run)
            batch.results.append(result)
            observer.on_trial_end(RunEnd(run, 0), trial.flags())
    finally:
        observer.on_batch_end(None)
    return batch
