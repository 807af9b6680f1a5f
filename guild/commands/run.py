"""`guild run`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guild import config
from guild.base.errors import GuildError
from guild.cli import exit_codes, run_options
from guild.cli.command import command
from guild.cli.run_options import CommandLine
from guild.cli.run_request import execute_options, make_request
from guild.cli.warnings import warn_all
from guild.context import Context

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from guild.cli.run_options import (
        BatchOptions,
        DebugOptions,
        PlaceOptions,
        RepeatOptions,
        RunOptions,
        ShowOptions,
        StepOptions,
    )
    from guild.ops.define.operation import Operation
    from guild.ops.plan.request import RunRequest


def _complete_words(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from guild.cli import completions

    return completions.complete_run_words(ctx, param, incomplete)


@command(
    exclusive=run_options.EXCLUSIVE,
    examples=(
        ("guild run train.py lr=0.1", "Run a script with a flag."),
        ("guild run train lr=[0.1,0.01]", "Run a trial for each value."),
        ("guild run train lr=[1e-4:1e-1] -o gp -m 30", "Search a range with 30 trials."),
        ("guild run --restart 1", "Start the latest run again."),
    ),
)
@click.argument(
    "words",
    nargs=-1,
    metavar="[[MODEL:]OPERATION] [FLAG=VAL...]",
    shell_complete=_complete_words,
)
@run_options.RUN
@run_options.REPEAT
@run_options.BATCH
@run_options.PLACE
@run_options.DEBUG
@run_options.SHOW
@run_options.STEP
def run(
    words: tuple[str, ...],
    run_options: RunOptions,
    repeat: RepeatOptions,
    batch: BatchOptions,
    place: PlaceOptions,
    debug: DebugOptions,
    show: ShowOptions,
    step: StepOptions,
) -> int:
    """Run an operation.

    OPERATION is an operation defined in ./guild.yml, a Python script, a notebook, a Python
    module (pkg.train) or an executable file. If it is omitted, the default operation runs, or
    the operation of RUN with --restart or --proto.

    A flag with several values runs a batch with a trial for each: [VAL,VAL],
    range[START:END:STEP], linspace[START:END:N] or logspace[START:END:N]. A range
    is searched by an optimizer: [MIN:MAX], uniform[MIN:MAX] or loguniform[MIN:MAX]. @FILE is a
    CSV, YAML or JSON file with the flags of each trial.
    """
    line = CommandLine(words, run_options, repeat, batch, place, debug, show, step)
    return _run(line, Context(config.guild_home(), Path(os.getcwd()), os.environ))


def _run(line: CommandLine, ctx: Context) -> int:
    """Show what the command line asks for, or run its request; return the exit code."""
    from guild.cli import run_preview, run_report
    from guild.launch import service

    request = make_request(line, ctx)
    if request.restart is not None and request.opspec is not None:
        raise click.UsageError("OPERATION cannot be used with --restart")
    if run_preview.show_optimizer(line, request, ctx):
        return exit_codes.OK
    operation = _find_operation(request, ctx)
    warn_all(operation.warnings)
    if run_preview.show_operation(line, operation, ctx):
        return exit_codes.OK
    if line.run.edit_flags:
        request = run_preview.edit_flags(request, operation, ctx)
    prepared = service.prepare(request, operation, ctx)
    run_preview.check_options(line, prepared)
    if run_preview.show_prepared(line, prepared):
        return exit_codes.OK
    options = execute_options(line)
    if not (line.run.yes or run_preview.confirm(prepared, options)):
        return exit_codes.DECLINED
    run_report.report_start(prepared, options)
    observer = run_report.make_observer(prepared, options)
    outcome = service.execute(prepared, ctx, options, observer=observer)
    run_report.report(prepared, outcome, options)
    return outcome.exit_code


def _find_operation(request: RunRequest, ctx: Context) -> Operation:
    from guild.launch import service

    try:
        return service.find_operation(request, ctx)
    except GuildError:
        from guild.cli import project_warnings
        from guild.ops.define.resolve import load_project

        with suppress(GuildError):  # a guild.yml that cannot be read is reported already
            project_warnings.print_warnings(load_project(ctx.cwd))
        raise
