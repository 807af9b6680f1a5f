"""Batches of function calls: each call is a trial with a run of its own."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.context import Context
from guild.executors.function_calls import FunctionExecutor
from guild.extend.observer import RunObserver
from guild.launch.batch_directory import StagedBatch, read_batch, stage_function_batch
from guild.launch.batch_start import start_batch
from guild.launch.function_search import FunctionSearch
from guild.launch.loop import BatchOptions
from guild.launch.trial_runs import MadeTrial, Trials, link_trial
from guild.ops.functions.function_call import FunctionCall
from guild.ops.functions.function_run import FunctionRunOptions, RunTerminated, stage_call
from guild.run import Run
from guild.runs.store import RunStore


class FunctionBatch(NamedTuple):
    """The trials of a batch.

    Attributes:
        runs: the runs in the order of their creation.
        results: the result of each call; None for calls before a restart.
    """

    runs: list[Run]
    results: list[Any]


def run_function_batch(
    search: FunctionSearch, observer: RunObserver, ctx: Context, options: FunctionRunOptions
) -> FunctionBatch:
    """Call the function with the arguments that `search` chooses, until no more are left.

    The batch run exists while the search runs. It stays if the search is interrupted or killed,
    so that it can be restarted. With several jobs, calls run in threads of this process: they
    share its memory, and results need not be picklable. Calls that are active when another one
    fails or Ctrl-C is pressed run to their end.
    Raises what `run_function` raises: the first trial that fails ends the batch.
    """
    store = RunStore(ctx.home)
    run = search.restart or store.new()
    if search.restart is None:
        stage_function_batch(search.plan, run, ctx.environ)
    batch = read_batch(run, search.plan.proto.operation)
    maker = _CallMaker(search, batch, options)
    executor = FunctionExecutor(maker.calls, search.jobs)
    start_batch(
        batch,
        ctx,
        executor=executor,
        observer=observer,
        options=BatchOptions(
            fail_on_trial_error=True, keep=True, stage_first=False, handle_signals=False
        ),
        maker=maker,
    )
    if isinstance(executor.error, RunTerminated):
        run.set("exit_status", -signal.SIGTERM)
    else:
        store.delete(run, permanent=True)
    if executor.error is not None:
        raise executor.error
    trials = Trials(run, store)
    trials.refresh()
    return FunctionBatch(list(trials), [executor.results.get(trial.id) for trial in trials])


class _CallMaker:
    """A factory for the trials of a function.

    Attributes:
        calls: the call of each trial that this process has prepared, by run id.
    """

    def __init__(
        self, search: FunctionSearch, batch: StagedBatch, options: FunctionRunOptions
    ) -> None:
        self.calls: dict[str, FunctionCall] = {}
        self._search = search
        self._batch = batch
        self._options = options

    def make(self, run: Run, flags: Mapping[str, Any], variables: Mapping[str, str]) -> MadeTrial:
        """See `TrialMaker.make`."""
        call = self._search.call_with(flags)
        stage_call(run, call, self._options)
        return self._prepare(run, call)

    def resume(self, run: Run, number: int, variables: Mapping[str, str]) -> MadeTrial:
        """See `TrialMaker.resume`."""
        if self._batch.optimizer is None:
            flags: Mapping[str, Any] = self._batch.trials()[number]
        else:
            flags = {name: run.flags[name] for name in self._batch.flags if name in run.flags}
            if len(flags) < len(self._batch.flags):
                raise GuildError(f"cannot resume trial {run.short_id}: its flags are incomplete")
        return self._prepare(run, self._search.call_with(flags))

    def _prepare(self, run: Run, call: FunctionCall) -> MadeTrial:
        link_trial(self._batch.run, run)
        self.calls[run.id] = call
        return MadeTrial(run, call.flags(), {})
