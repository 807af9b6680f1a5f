"""`guild run`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guild import config
from guild.cli.command import Command

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class JobsType(click.ParamType):  # type: ignore[type-arg]  # generic in click 8.5 alone
    """A number of jobs; None for `auto`."""

    name = "jobs"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "auto":
            return None
        if not (str(value).isdigit() and int(value) > 0):
            self.fail(f"{value!r} is neither a number of jobs nor 'auto'", param, ctx)
        return int(value)


def _complete_words(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from guild.cli import completions

    return completions.run_words(ctx, param, incomplete)


@click.command(cls=Command)
@click.argument(
    "words",
    nargs=-1,
    metavar="[[MODEL:]OPERATION] [FLAG=VAL...]",
    shell_complete=_complete_words,
)
@click.option("-l", "--label", metavar="LABEL", help="Set a label for the run.")
@click.option(
    "-t",
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    help="Associate TAG with run. May be used multiple times.",
)
@click.option("-c", "--comment", metavar="COMMENT", help="Comment associated with the run.")
@click.option("-ec", "--edit-comment", is_flag=True, help="Use an editor to type a comment.")
@click.option("-e", "--edit-flags", is_flag=True, help="Use an editor to review and modify flags.")
@click.option(
    "-d",
    "--run-dir",
    metavar="DIR",
    help="Use alternative run directory DIR. Cannot be used with --stage.",
)
@click.option("--stage", is_flag=True, help="Stage an operation.")
@click.option(
    "--stage-dir", metavar="DIR", help="Stage an operation in DIR, outside of Guild's runs."
)
@click.option(
    "--start",
    "--restart",
    "restart",
    metavar="RUN",
    help="Start a staged run or restart an existing run. Cannot be used with --proto or --run-dir.",
)
@click.option(
    "--proto",
    metavar="RUN",
    help="Use the operation, flags and source code from RUN. Flags may be added or "
    "redefined in this operation. Cannot be used with --restart.",
)
@click.option(
    "--force-sourcecode",
    is_flag=True,
    help="Use working source code when --restart or --proto is specified. Ignored otherwise.",
)
@click.option(
    "--gpus",
    metavar="DEVICES",
    help="Limit available GPUs to DEVICES, a comma separated list of device IDs. By default "
    "all GPUs are available. Cannot be used with --no-gpus.",
)
@click.option("--no-gpus", is_flag=True, help="Disable GPUs for run. Cannot be used with --gpus.")
@click.option(
    "--random-seed",
    type=int,
    metavar="N",
    help="Random seed used when sampling trials or flag values.",
)
@click.option(
    "--debug-sourcecode",
    metavar="PATH",
    help="Specify an alternative source code path for debugging.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before running operation.")
@click.option(
    "-f",
    "--force-flags",
    is_flag=True,
    help="Accept all flag assignments, even for undefined or invalid values.",
)
@click.option(
    "--force-deps",
    is_flag=True,
    help="Continue even when a required resource is not resolved.",
)
@click.option(
    "-D", "--dep", "deps", multiple=True, metavar="PATH", help="Include PATH as a dependency."
)
@click.option(
    "--stop-after",
    type=click.FloatRange(min=0),
    metavar="N",
    help="Stop operation after N minutes.",
)
@click.option(
    "--needed",
    is_flag=True,
    help="Run only if there is not an available matching run. A matching run is of the same "
    "operation with the same flag values that is not stopped due to an error.",
)
@click.option("-b", "--background", is_flag=True, help="Run operation in background.")
@click.option(
    "--pidfile",
    metavar="PIDFILE",
    help="Run operation in background, writing the background process ID to PIDFILE.",
)
@click.option(
    "--keep-run", is_flag=True, help="Keep run even when configured with 'delete-on-success'."
)
@click.option(
    "--break",
    "break_",
    multiple=True,
    metavar="LOCATION",
    help="Set a breakpoint at [FILE:]LINE or MODULE.FUNCTION for Python based operations; 1 is "
    "the first line of the main module. May be used multiple times.",
)
@click.option(
    "--break-on-error",
    is_flag=True,
    help="Enter the Python debugger at the point an error occurs for Python based operations.",
)
@click.option("-bl", "--batch-label", metavar="LABEL", help="Label to use for batch runs.")
@click.option(
    "-bt",
    "--batch-tag",
    "batch_tags",
    multiple=True,
    metavar="TAG",
    help="Associate TAG with batch. May be used multiple times.",
)
@click.option("-bc", "--batch-comment", metavar="COMMENT", help="Comment associated with batch.")
@click.option(
    "-ebc", "--edit-batch-comment", is_flag=True, help="Use an editor to type a batch comment."
)
@click.option(
    "-o", "--optimizer", metavar="ALGORITHM", help="Optimize the run using the specified algorithm."
)
@click.option(
    "-O", "--optimize", is_flag=True, help="Optimize the run using the default optimizer."
)
@click.option(
    "-N",
    "--minimize",
    metavar="COLUMN",
    help="Column to minimize when running with an optimizer. See help for compare command for "
    "details specifying a column. May not be used with --maximize.",
)
@click.option(
    "-X",
    "--maximize",
    metavar="COLUMN",
    help="Column to maximize when running with an optimizer. May not be used with --minimize.",
)
@click.option(
    "-Fo",
    "--opt-flag",
    "opt_flags",
    multiple=True,
    metavar="FLAG=VAL",
    help="Flag for OPTIMIZER. May be used multiple times.",
)
@click.option(
    "-m",
    "--max-trials",
    "--trials",
    type=int,
    metavar="N",
    help="Maximum number of trials to run in batch operations. Default is 20.",
)
@click.option(
    "-j",
    "--jobs",
    type=JobsType(),
    default="1",
    metavar="N",
    help="Number of trials to run at a time, or 'auto' for the number of processors.",
)
@click.option(
    "--stage-trials",
    is_flag=True,
    help="For batch operations, stage trials without running them.",
)
@click.option(
    "--fail-on-trial-error",
    is_flag=True,
    help="Stop batch operations when a trial exits with an error.",
)
@click.option("--save-trials", metavar="PATH", help="Save generated trials to a CSV batch file.")
@click.option("--print-trials", is_flag=True, help="Show generated trials and exit.")
@click.option("--keep-batch", is_flag=True, help="Keep batch run rather than delete it on success.")
@click.option("-q", "--quiet", is_flag=True, help="Do not show output.")
@click.option("--print-cmd", is_flag=True, help="Show operation command and exit.")
@click.option("--print-env", is_flag=True, help="Show operation environment and exit.")
@click.option("--help-model", is_flag=True, help="Show model help and exit.")
@click.option("-h", "--help-op", is_flag=True, help="Show operation help and exit.")
@click.option(
    "--test-output-scalars",
    metavar="OUTPUT",
    help="Test output scalars on output. Use '-' to read from standard input.",
)
@click.option("--test-sourcecode", is_flag=True, help="Test source code selection.")
@click.option("--test-flags", is_flag=True, help="Test flag configuration.")
# How an operation of steps starts one of them: where it is linked, and what runs it sees.
@click.option("--step", metavar="LINK", hidden=True)
@click.option("--isolate-runs", is_flag=True, hidden=True)
def run(words: tuple[str, ...], **options: Any) -> int | None:
    """Run an operation.

    OPERATION is one of the guild.yml in the current directory, a Python script, a Python
    module (pkg.train) or an executable file. It may be omitted for the default operation,
    or if --restart or --proto is specified, in which case the operation of RUN is used.

    Flag values are given as FLAG=VAL. A list FLAG=[VAL,VAL], or one of range[START:END:STEP],
    linspace[START:END:N] and logspace[START:END:N], stands for a trial with each of the values;
    [MIN:MAX], uniform[MIN:MAX] and loguniform[MIN:MAX] for a range that an optimizer searches.
    @FILE is a batch file, CSV, YAML or JSON, with the flags of each trial.
    """
    from guild.cli import run_flow

    _check_options(options)
    opspec, assignments = _split_words(words)
    return run_flow.main(opspec, assignments, options, Path(os.getcwd()), config.guild_home())


def _split_words(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    if words and ("=" not in words[0] or os.path.exists(words[0])) and not words[0].startswith("@"):
        return words[0], words[1:]
    return None, words


_EXCLUSIVE = (
    ("proto", "restart"),
    ("run_dir", "restart"),
    ("stage_dir", "restart"),
    ("run_dir", "stage"),
    ("run_dir", "stage_dir"),
    ("gpus", "no_gpus"),
    ("stage", "background"),
    ("comment", "edit_comment"),
    ("batch_comment", "edit_batch_comment"),
    ("minimize", "maximize"),
    ("optimizer", "optimize"),
)


def _check_options(options: dict[str, Any]) -> None:
    for first, second in _EXCLUSIVE:
        if options[first] and options[second]:
            names = [f"--{name.replace('_', '-')}" for name in (first, second)]
            raise click.UsageError(f"{names[0]} and {names[1]} cannot both be used")
