"""Batches that start again: a stopped one resumes, a finished one runs all its trials anew."""

from __future__ import annotations

import contextlib
import os

from guild.base.errors import GuildError
from guild.context import Context
from guild.launch.batch_directory import StagedBatch, write_batch
from guild.launch.batch_plan import DEFAULT_MAX_TRIALS, BatchPlan
from guild.launch.run_restart import relabel
from guild.launch.single_run import replace_sourcecode
from guild.launch.trial_runs import Trials, is_done
from guild.ops.plan import label
from guild.ops.plan.request import RunRequest
from guild.runs.store import RunStore


def is_finished(batch: StagedBatch, store: RunStore) -> bool:
    """Return whether `batch` ended by itself and no trial is left to run."""
    status = batch.run.exit_status
    if status is None or status < 0:
        return False
    trials = Trials(batch.run, store)
    trials.refresh()
    count = len(batch.trials()) if batch.optimizer is None else batch.max_trials
    is_complete = status == 0 or len(trials) >= (DEFAULT_MAX_TRIALS if count is None else count)
    return is_complete and all(is_done(run) or not os.path.isdir(run.path) for run in trials)


def stages_trials(batch: StagedBatch, store: RunStore) -> bool:
    """Return whether the start of `batch` stages its trials: it was staged with that option."""
    params = batch.run.get("run_params")
    if not isinstance(params, dict) or not params.get("stage_trials"):
        return False
    trials = Trials(batch.run, store)
    trials.refresh()
    return not trials


def restage_batch(plan: BatchPlan, request: RunRequest, ctx: Context) -> None:
    """Write `plan` to the existing batch that `request` restarts; its next trials are new runs.

    Earlier trials stay. Raises GuildError if the batch cannot be written.
    """
    run = request.restart
    assert run is not None
    proto = run.batch_proto
    assert proto is not None
    try:
        if plan.proto.source_run is None:
            replace_sourcecode(plan.proto, proto, ctx)
            if plan.proto.operation.opdef.requires:
                from guild.ops.stage.dependencies.resolution import write_configs

                write_configs(plan.proto, proto, ctx)
        write_batch(plan, run, proto, is_labeled=request.batch.label is not None)
        relabel(proto, plan.proto.label_template, plan.proto.label, request)
        Trials(run, RunStore(ctx.home)).start_anew()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(run.guild_path("suggestion"))
    except OSError as error:
        raise GuildError(f"cannot write batch {run.short_id}: {error.strerror}") from None


def relabel_batch(batch: StagedBatch, request: RunRequest) -> None:
    """Give the trials of `batch` that are not made yet the label and tags of `request`.

    With a number of trials in `request`, the batch runs as many. Raises OSError.
    """
    if request.batch.max_trials is not None:
        batch.run.set("max_trials", request.batch.max_trials)
    template = label.label_template(request.label, request.tags, batch.operation.opdef.label)
    relabel(batch.proto, template, label.render_label(template, {}, {}), request)
