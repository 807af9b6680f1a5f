"""Requests for the run service from the command line of `guild run`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guild.cli.run_options import CommandLine
from guild.context import Context
from guild.launch import execution
from guild.launch.execution import ExecuteOptions
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.ops.plan.step_of import StepOf
from guild.run import Run


def make_request(line: CommandLine, ctx: Context) -> RunRequest:
    """Return the request of a command line. Raises GuildError for a run that does not exist.

    Comments that are to be edited are asked for in an editor.
    """
    opspec, assignments = split_words(line.words)
    run, debug, batch, place = line.run, line.debug, line.batch, line.place
    run_dir = place.run_dir or place.stage_dir
    return RunRequest(
        opspec=opspec,
        assignments=tuple(word for word in assignments if not word.startswith("@")),
        batch_files=tuple(ctx.cwd / word[1:] for word in assignments if word.startswith("@")),
        label=run.label,
        tags=run.tags,
        comment=_comment(run.comment, run.edit_comment),
        proto=_find_run(line.repeat.proto, ctx),
        restart=_find_run(line.repeat.restart, ctx),
        needed=line.repeat.needed,
        run_dir=Path(os.path.abspath(os.path.expanduser(run_dir))) if run_dir else None,
        run_id=place.run_id,
        dependencies=run.deps,
        is_staging=bool(place.stage or place.stage_dir or batch.stage_trials),
        force_sourcecode=line.repeat.force_sourcecode,
        force_flags=run.force_flags,
        force_deps=run.force_deps,
        gpus="" if place.no_gpus else place.gpus,
        random_seed=batch.random_seed,
        debug_sourcecode=debug.debug_sourcecode,
        breakpoints=debug.break_,
        break_on_error=debug.break_on_error,
        keep_run=run.keep_run,
        step=StepOf(Path(line.step.step), line.step.isolate_runs) if line.step.step else None,
        batch=BatchRequest(
            optimizer=batch.optimizer,
            optimize=batch.optimize,
            optimizer_words=batch.opt_flags,
            minimize=batch.minimize,
            maximize=batch.maximize,
            max_trials=batch.max_trials,
            random_seed=batch.random_seed,
            label=batch.batch_label,
            tags=batch.batch_tags,
            comment=_comment(batch.batch_comment, batch.edit_batch_comment),
        ),
        params=_params(line, opspec, assignments),
    )


def split_words(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Split words into an operation, None if it is omitted, and flag assignments."""
    if words and ("=" not in words[0] or os.path.exists(words[0])) and not words[0].startswith("@"):
        return words[0], words[1:]
    return None, words


def execute_options(line: CommandLine) -> ExecuteOptions:
    """Return how a command line asks to execute its request."""
    run, batch, place = line.run, line.batch, line.place
    mode = execution.RUN
    if place.stage or place.stage_dir:
        mode = execution.STAGE
    elif batch.stage_trials:
        mode = execution.STAGE_TRIALS
    elif place.background or place.pidfile:
        mode = execution.BACKGROUND
    return ExecuteOptions(
        mode=mode,
        quiet=run.quiet,
        stop_after=run.stop_after,
        pidfile=Path(place.pidfile).absolute() if place.pidfile else None,
        jobs=batch.jobs or os.cpu_count() or 1,
        fail_on_trial_error=batch.fail_on_trial_error,
        keep_batch=batch.keep_batch,
    )


def _params(line: CommandLine, opspec: str | None, assignments: tuple[str, ...]) -> dict[str, Any]:
    """Return the attribute `run_params`: the options by their long names."""
    groups = (line.run, line.repeat, line.batch, line.place, line.debug, line.show)
    params: dict[str, Any] = {}
    for group in groups:
        for name, value in group._asdict().items():
            params[name] = list(value) if isinstance(value, tuple) else value
    return {**params, "opspec": opspec, "flags": list(assignments)}


def _find_run(spec: str | None, ctx: Context) -> Run | None:
    if not spec:
        return None
    from guild.api.selection import select_one

    return select_one(ctx.home, spec).run


def _comment(text: str | None, is_edited: bool) -> str | None:
    if not is_edited:
        return text
    from guild.cli.editor import edit

    return edit("", ".txt").strip() or None
