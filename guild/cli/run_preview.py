"""Previews and prompts of `guild run`, before or instead of running."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guild.base import log
from guild.base.errors import GuildError
from guild.cli.run_options import CommandLine
from guild.cli.warnings import warn
from guild.context import Context
from guild.flags import values as flag_values
from guild.launch.execution import STAGE, STAGE_TRIALS, ExecuteOptions
from guild.launch.prepared import Prepared, PreparedBatch, PreparedRun, ResumedBatch, Skipped
from guild.ops.define.operation import Operation
from guild.ops.plan.request import RunRequest

if TYPE_CHECKING:
    from guild.launch.batch_plan import BatchPlan

# -- Instead of preparing


def show_optimizer(line: CommandLine, request: RunRequest, ctx: Context) -> bool:
    """Print the help of an optimizer if it is named as the operation with `--help-op`."""
    opspec = request.opspec or ""
    if not (line.show.help_op and opspec.startswith("skopt:")):
        return False
    from guild.ops.define.resolve import load_project

    guildfile = load_project(ctx.cwd)
    if guildfile is not None and guildfile.get_operation(opspec) is not None:
        return False
    _print_optimizer_help(opspec, ctx)
    return True


def show_operation(line: CommandLine, operation: Operation, ctx: Context) -> bool:
    """Print what the command line asks for about `operation`; return whether it does."""
    show, debug = line.show, line.debug
    tests = (debug.test_flags, debug.test_sourcecode, debug.test_output_scalars)
    if not (show.help_model or show.help_op or any(tests)):
        return False
    from guild.cli import operation_help

    if show.help_model:
        operation_help.print_model_help(operation, ctx)
    elif show.help_op:
        operation_help.print_operation_help(operation, ctx)
        if line.batch.optimizer:
            _print_optimizer_help(line.batch.optimizer, ctx)
    elif debug.test_flags:
        operation_help.print_flag_definitions(operation)
    elif debug.test_sourcecode:
        operation_help.print_sourcecode(operation, ctx)
    elif debug.test_output_scalars:
        operation_help.print_output_scalars(operation, debug.test_output_scalars)
    return True


def _print_optimizer_help(name: str, ctx: Context) -> None:
    from guild.cli import operation_help
    from guild.optimizers.registry import find_optimizer

    operation_help.print_optimizer_help(find_optimizer(name, ctx.cwd), ctx)


def edit_flags(request: RunRequest, operation: Operation, ctx: Context) -> RunRequest:
    """Return `request` with the flags as the user leaves them in an editor. Raises GuildError."""
    from guild.base import yaml
    from guild.cli.editor import edit
    from guild.launch.service import find_flags

    assigned = find_flags(request, operation, ctx)
    text = edit(yaml.dump(assigned.flags), ".yml")
    try:
        values = yaml.load(text)
    except yaml.YAMLError as error:
        raise GuildError(f"invalid flags: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise GuildError("invalid flags: expected a mapping of names to values")
    return request._replace(assignments=(), values=values)


# -- Instead of running


def check_options(line: CommandLine, prepared: Prepared) -> None:
    """Warn about flags and options that have no effect.

    Raises GuildError for options of a batch if the request is a single run.
    """
    if isinstance(prepared, PreparedRun) and prepared.trial_plan is not None:
        if line.batch.stage_trials:
            from guild.launch.optimizer_run import cannot_stage_trials

            raise cannot_stage_trials(prepared)
    elif isinstance(prepared, PreparedRun) and prepared.restart is None:
        _warn_ignored(prepared.plan.operation, prepared.flags)
        has_steps = prepared.plan.operation.steps is not None
        _check_batch_options(line, has_steps=has_steps)
    elif isinstance(prepared, PreparedBatch):
        _warn_ignored(prepared.plan.proto.operation, prepared.plan.proto.flags)


def _warn_ignored(operation: Operation, flags: Mapping[str, Any]) -> None:
    from guild.ops.define.command import ignored_flags

    for name in ignored_flags(operation.command, flags, operation.flags):
        warn(
            f"flag '{name}={flag_values.encode(flags[name])}' is ignored: the command of "
            f"{operation.name} sets the same option"
        )


def _check_batch_options(line: CommandLine, *, has_steps: bool) -> None:
    # Guild AI 0.9 wording
    if line.show.print_trials:
        raise GuildError("cannot print trials for a non-batch operation")
    if line.show.save_trials:
        raise GuildError("cannot save trials for a non-batch operation")
    if line.batch.stage_trials and not (has_steps or line.step.step):
        raise GuildError(
            "cannot stage trials for a non-batch operation; give a flag several values, "
            "as in NAME=[VAL,VAL]"
        )
    if line.batch.opt_flags:
        raise GuildError(
            f"invalid optimizer flag {line.batch.opt_flags[0]}: no optimizer specified"
        )
    if line.batch.max_trials is not None:
        warn("not a batch run - ignoring --max-trials")
    for name in ("label", "comment"):
        if getattr(line.batch, f"batch_{name}"):
            warn(f"operation is not a batch - ignoring batch {name}")
    if line.batch.batch_tags:
        warn("operation is not a batch - ignoring batch tags")


def show_prepared(line: CommandLine, prepared: Prepared) -> bool:
    """Print what the command line asks for about `prepared`; return whether it does.

    Raises GuildError if the trials of a batch are not known before it runs.
    """
    show = line.show
    if isinstance(prepared, PreparedRun):
        if show.print_cmd:
            _print_command(prepared.plan.cmd)
        elif show.print_env:
            _print_environment(prepared)
        else:
            return False
        return True
    if isinstance(prepared, PreparedBatch) and (
        show.print_trials or show.save_trials or show.print_cmd
    ):
        _show_trials(line, prepared)
        return True
    return False


def _print_command(words: Sequence[str]) -> None:
    import shlex

    click.echo(shlex.join(words))


def _print_environment(prepared: PreparedRun) -> None:
    """Print the variables that the operation and its flags add to the environment."""
    import shlex

    operation = prepared.plan.operation
    env = {
        "FLAGS_DEST": operation.command.flags_dest,
        "PROJECT_DIR": str(operation.project_dir),
        **prepared.plan.env,
    }
    for name in sorted(env):
        click.echo(f"{name}={shlex.quote(env[name]) if env[name] else ''}")


def _show_trials(line: CommandLine, prepared: PreparedBatch) -> None:
    from guild.launch.batch_plan import known_trials

    batch = prepared.plan
    trials = known_trials(batch)
    if line.show.print_cmd:
        _print_batch_commands(batch, trials)
        return
    if trials is None:
        raise GuildError(
            f"{batch.optimizer} chooses trials while it runs, so they cannot be previewed"
        )
    if line.show.save_trials:
        from guild.launch import batch_file

        path = Path(os.path.abspath(line.show.save_trials))
        batch_file.write(path, trials)
        click.echo(f"Saving trials to {path}")  # Guild AI 0.9 wording
    else:
        _print_trials(trials)


def _print_batch_commands(batch: BatchPlan, trials: Sequence[Mapping[str, Any]] | None) -> None:
    from guild.launch.batch_plan import main_module
    from guild.ops.define.command import build_command

    _print_command([sys.executable, "-um", main_module(batch.opref)])
    if trials is None:
        log.error("optimizer does not support printing trials command")
        raise SystemExit(1)
    operation = batch.proto.operation
    for trial in trials:
        _print_command(build_command(operation.command, trial, operation.flags))


def _print_trials(trials: Sequence[Mapping[str, Any]]) -> None:
    from guild.cli.columns import align_rows

    names = sorted({name for trial in trials for name in trial})
    rows = [["#", *names]]
    for number, trial in enumerate(trials, 1):
        cells = (flag_values.encode(trial[name]) if name in trial else "" for name in names)
        rows.append([str(number), *cells])
    for row in align_rows(rows):
        click.echo(row)


# -- Before running


def confirm(prepared: Prepared, options: ExecuteOptions) -> bool:
    """Show what is about to run and return whether the user agrees."""
    if isinstance(prepared, Skipped):
        return True
    from guild.cli.confirm import confirm

    click.echo("\n".join(_preview(prepared, options)))
    return confirm()


def _preview(
    prepared: PreparedRun | PreparedBatch | ResumedBatch, options: ExecuteOptions
) -> list[str]:
    if isinstance(prepared, PreparedBatch):
        return _batch_preview(prepared)
    if isinstance(prepared, ResumedBatch):
        question = f"You are about to start {prepared.batch.run.id} ({prepared.name})"
    elif prepared.restart is not None:
        question = f"You are about to start {prepared.restart.id} ({prepared.name})"
    else:
        verb = "stage" if options.mode in (STAGE, STAGE_TRIALS) else "run"
        run_dir = prepared.request.run_dir
        question = f"You are about to {verb} {prepared.name}"
        question += f" in '{run_dir}'" if run_dir else ""
    return [question, *_flag_lines(prepared.flags)]


def _batch_preview(prepared: PreparedBatch) -> list[str]:
    from guild.launch.batch_plan import DEFAULT_MAX_TRIALS, known_trials

    batch = prepared.plan
    trials = known_trials(batch)
    if trials is None:
        max_trials = batch.max_trials or DEFAULT_MAX_TRIALS
        how = f"with {batch.optimizer} (at most {max_trials} trials)"
    else:
        how = f"as a batch ({len(trials)} trials)"
    restart = prepared.request.restart
    verb = "run" if restart is None else f"start {restart.id}:"
    lines = [f"You are about to {verb} {batch.proto.operation.name} {how}"]
    lines += _flag_lines(batch.proto.flags)
    if batch.options:
        lines += ["Optimizer flags:", *_flag_lines(batch.options)]
    return lines


def _flag_lines(flags: Mapping[str, Any]) -> list[str]:
    return [f"  {name}: {_encode(value)}" for name, value in sorted(flags.items())]


def _encode(value: Any) -> str:
    """Encode a flag value; a range as it is written on the command line."""
    from guild.flags.functions import LogUniform, Uniform
    from guild.launch.batch_plan import to_text

    return to_text(value) if isinstance(value, (Uniform, LogUniform)) else flag_values.encode(value)
