"""What `guild run` does where it was asked for many runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from guild.base.errors import GuildError
from guild.cli import request_from_cli
from guild.extend.observer import RunObserver
from guild.flags import values as flag_values
from guild.launch import batch_file
from guild.launch.batch_directory import StagedBatch, read_batch, stage_batch
from guild.launch.batch_plan import BatchPlan, BatchRequest, known_trials, plan_batch
from guild.launch.batch_start import exit_code, start_batch
from guild.launch.executor import Executor, InProcessExecutor, LocalExecutor
from guild.launch.loop import BatchEnd, BatchOptions
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned
from guild.ops.plan.request import RunRequest
from guild.ops.plan.step_of import StepOf
from guild.ops.process.start import StartOptions
from guild.run import Run
from guild.runs.store import RunStore


def batch_request(
    rows: Sequence[Mapping[str, Any]] | None, options: Mapping[str, Any], proto: Run | None
) -> BatchRequest:
    """What the options and the trials of batch files ask of a batch, over what the batch
    `proto` has said. Raises GuildError."""
    asked = BatchRequest(
        rows=rows or (),
        optimizer=options["optimizer"],
        optimize=options["optimize"],
        optimizer_words=options["opt_flags"],
        minimize=options["minimize"],
        maximize=options["maximize"],
        max_trials=options["max_trials"],
        random_seed=options["random_seed"],
        label=options["batch_label"],
        tags=options["batch_tags"],
        comment=request_from_cli.comment(options["batch_comment"], options["edit_batch_comment"]),
    )
    if proto is None:
        return asked
    batch = read_batch(proto)
    return _over(asked if rows is not None else asked._replace(rows=batch.rows), batch)


def _over(asked: BatchRequest, proto: StagedBatch) -> BatchRequest:
    """What was asked for, and what the batch `proto` had where nothing was."""
    same_optimizer = not asked.optimizer and not asked.optimize
    column = proto.objective
    said = asked.minimize is not None or asked.maximize is not None
    return asked._replace(
        optimizer=proto.optimizer if same_optimizer else asked.optimizer,
        optimizer_values=proto.options if same_optimizer else {},
        minimize=asked.minimize if said or column.startswith("-") else column,
        maximize=column[1:] if not said and column.startswith("-") else asked.maximize,
        max_trials=proto.run.get("max_trials") if asked.max_trials is None else asked.max_trials,
        random_seed=proto.random_seed if asked.random_seed is None else asked.random_seed,
    )


def run_many(
    request: BatchRequest,
    trial: RunRequest,
    operation: Operation,
    assigned: Assigned,
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
) -> int:
    """Plan a batch, and run, stage or show it; the exit code."""
    batch = plan_batch(request, trial, operation, assigned.for_batch())
    if options["needed"]:
        batch = _needed_only(batch, store, trial.step)
        if not batch.rows:
            click.echo("Skipping because each trial has a matching run (--needed specified)")
            return 0
    shown = _show(batch, options)
    if shown is not None:
        return shown
    if options["stage_trials"]:
        _refuse_unless_known(batch)
    if not _confirmed(batch, options):
        return 1
    run = store.new()
    if trial.step:
        trial.step.put(run)
    staged = options["stage"] or options["stage_trials"]
    stage_batch(
        batch,
        run,
        environ=os.environ,
        home=store.home,
        cwd=cwd,
        marker="STAGED" if staged else "PENDING",
    )
    if options["stage_trials"]:
        return _stage_trials(run, options["keep_batch"], store, cwd)
    if options["stage"]:
        click.echo(
            f"{batch.name} staged as {run.id}\n"
            f"To start the operation, use 'guild run --start {run.id}'"
        )
        return 0
    return go_on(run, batch.name, options, cwd, store)


def _refuse_unless_known(batch: BatchPlan) -> None:
    """Raise GuildError for a batch whose trials cannot be staged, before it is one."""
    if known_trials(batch) is None:
        from guild.launch.loop import not_to_be_staged

        raise not_to_be_staged(batch.optimizer)


def _needed_only(batch: BatchPlan, store: RunStore, step: StepOf | None) -> BatchPlan:
    """The batch without the trials that an earlier run did already."""
    from guild.ops.plan.matching import matching_flags

    trials = known_trials(batch)
    if trials is None:
        raise GuildError("--needed cannot be used with an optimizer: it chooses as it goes")
    visible = step.visible() if step else None
    done = matching_flags(batch.proto.operation.opref, store, visible)
    left = tuple(trial for trial in trials if trial not in done)
    single = {
        name: value[0] if isinstance(value, list) else value
        for name, value in batch.proto.flags.items()
    }
    proto = batch.proto._replace(flags=single)
    return batch._replace(proto=proto, rows=left, max_trials=max(len(left), 1))


# -- Showing


def _show(batch: BatchPlan, options: Mapping[str, Any]) -> int | None:
    if not (options["print_trials"] or options["save_trials"] or options["print_cmd"]):
        return None
    trials = known_trials(batch)
    if trials is None:
        raise GuildError(
            f"trials of {batch.name} are chosen as it goes: they cannot be shown before"
        )
    if options["save_trials"]:
        path = Path(options["save_trials"])
        batch_file.write_csv(path, trials)
        click.echo(f"Saved {len(trials)} trial(s) to {path}")
    elif options["print_trials"]:
        _print_trials(trials)
    else:
        _print_commands(batch, trials)
    return 0


def _print_trials(trials: Sequence[Mapping[str, Any]]) -> None:
    from guild.cli.columns import aligned

    names = sorted({name for trial in trials for name in trial})
    rows = [["#", *names]]
    for number, trial in enumerate(trials, 1):
        cells = (flag_values.encode(trial[name]) if name in trial else "" for name in names)
        rows.append([str(number), *cells])
    for line in aligned(rows):
        click.echo(line)


def _print_commands(batch: BatchPlan, trials: Sequence[Mapping[str, Any]]) -> None:
    import shlex

    from guild.ops.define.command import build_command

    operation = batch.proto.operation
    for trial in trials:
        click.echo(shlex.join(build_command(operation.command, trial, operation.flags)))


def _confirmed(batch: BatchPlan, options: Mapping[str, Any]) -> bool:
    if options["yes"]:
        return True
    from guild.cli.confirm import confirm

    trials = known_trials(batch)
    how = (
        f"as a batch ({len(trials)} trials)"
        if trials is not None
        else f"with {batch.optimizer} ({_limit(batch)})"
    )
    lines = [f"You are about to run {batch.proto.operation.name} {how}"]
    for name, value in sorted(batch.proto.flags.items()):
        lines.append(f"  {name}: {_shown(value)}")
    if batch.options:
        lines.append("Optimizer flags:")
        lines += [f"  {name}: {flag_values.encode(v)}" for name, v in sorted(batch.options.items())]
    click.echo("\n".join(lines))
    return confirm()


def _limit(batch: BatchPlan) -> str:
    from guild.launch.grid import DEFAULT_MAX_TRIALS

    return f"at most {batch.max_trials or DEFAULT_MAX_TRIALS} trials"


def _shown(value: Any) -> str:
    from guild.flags.functions import LogUniform, Uniform
    from guild.launch.batch_plan import to_text

    return to_text(value) if isinstance(value, (Uniform, LogUniform)) else flag_values.encode(value)


# -- Running


def go_on(run: Run, name: str, options: Mapping[str, Any], cwd: Path, store: RunStore) -> int:
    """Start the staged batch `run`, or go on with it; the exit code."""
    if options["background"] or options["pidfile"]:
        return _run_in_background(run, name, options, cwd, store)
    executor = _executor(options)
    return _told(
        name, run, _run(run, executor, _observer(executor, options["quiet"]), options, cwd, store)
    )


def _told(name: str, run: Run, end: BatchEnd) -> int:
    """The exit code of a batch that ended; how it did is told."""
    if end.failed:
        from guild.cli.batch_report import summary

        click.echo("\n".join(summary(name, end)), err=True)
    if end.stopped:
        click.echo(
            f"{name} was stopped - 'guild run --start {run.short_id}' goes on with it", err=True
        )
    return exit_code(end)


def _run_in_background(
    run: Run, name: str, options: Mapping[str, Any], cwd: Path, store: RunStore
) -> int:
    from guild.ops.process.background import run_detached, started_message

    read_batch(run)  # what is wrong with it is told here, where somebody reads it

    def work(started: Callable[[], None]) -> int:
        _print_to_output_of(run)
        executor = _executor(options)
        end = _run(
            run, executor, _observer(executor, options["quiet"]), options, cwd, store, started
        )
        return _told(name, run, end)

    pidfile = Path(options["pidfile"]).absolute() if options["pidfile"] else None
    pid = run_detached(f"batch {run.short_id}", work, pidfile)
    click.echo(started_message(name, run, pid, pidfile))
    return 0


def _print_to_output_of(run: Run) -> None:
    """Have what this process prints in the run, where `guild cat --output` finds it."""
    fd = os.open(run.guild_path("output"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)


_MODELS = ("skopt:gp", "skopt:forest", "skopt:gbrt")


def _run(
    run: Run,
    executor: Executor,
    observer: RunObserver,
    options: Mapping[str, Any],
    cwd: Path,
    store: RunStore,
    started: Callable[[], None] = lambda: None,
) -> BatchEnd:
    if read_batch(run).optimizer in _MODELS:
        from guild.optimizers.one_thread import load_skopt

        load_skopt()
    return start_batch(
        run,
        executor=executor,
        observer=observer,
        environ=os.environ,
        home=store.home,
        cwd=cwd,
        options=BatchOptions(
            fail_on_trial_error=options["fail_on_trial_error"],
            keep=options["keep_batch"] or _was_to_be_kept(run),
        ),
        started=started,
    )


def _was_to_be_kept(run: Run) -> bool:
    params = run.get("run_params")
    return isinstance(params, dict) and bool(params.get("keep_batch"))


def _executor(options: Mapping[str, Any]) -> Executor:
    start = StartOptions(quiet=options["quiet"], stop_after=options["stop_after"])
    jobs = options["jobs"]
    if jobs == 1:
        return InProcessExecutor(start)
    return LocalExecutor(jobs or os.cpu_count() or 1, start)


def _observer(executor: Executor, quiet: bool) -> RunObserver:
    import sys

    from guild.cli.batch_report import BatchLines

    if executor.slots > 1 and not quiet and sys.stderr.isatty():
        from guild.cli.batch_table import BatchTable

        return BatchTable(executor.slots)
    return BatchLines(executor.slots > 1, quiet)


def _stage_trials(run: Run, keep: bool, store: RunStore, cwd: Path) -> int:
    """Stage the trials of the batch `run`, which has then done all it was to do."""
    from guild.base import log
    from guild.cli.batch_report import trial
    from guild.launch.loop import stage_trials

    batch = read_batch(run)
    for staged in stage_trials(batch, environ=os.environ, home=store.home, cwd=cwd):
        flags = staged.get("flags") or {}
        log.info(f"Staging trial {trial(staged, batch.operation.name, flags)}")
    if not keep:
        store.delete(run, permanent=True)
    return 0
