"""The option groups of `guild run`."""

from __future__ import annotations

from typing import Any

import click

from guild.base.named_tuple import NamedTuple
from guild.cli.command import Option, OptionGroup


class RunOptions(NamedTuple):
    """Options that describe the run."""

    yes: bool
    label: str | None
    tags: tuple[str, ...]
    comment: str | None
    edit_comment: bool
    edit_flags: bool
    deps: tuple[str, ...]
    quiet: bool
    stop_after: float | None
    keep_run: bool
    force_flags: bool
    force_deps: bool


RUN = OptionGroup(
    "Run",
    "run_options",
    RunOptions,
    Option("-y", "--yes", is_flag=True, help="Do not ask for confirmation."),
    Option("-l", "--label", metavar="LABEL", help="Set the label; ${FLAG} is a flag's value."),
    Option(
        "-t",
        "--tag",
        "tags",
        multiple=True,
        metavar="TAG",
        help="Add a tag. Can be used several times.",
    ),
    Option("-q", "--quiet", is_flag=True, help="Do not show output; it is recorded anyway."),
    Option("-c", "--comment", metavar="TEXT", help="Add a comment."),
    Option("-ec", "--edit-comment", is_flag=True, help="Write the comment in an editor."),
    Option("-e", "--edit-flags", is_flag=True, help="Review and change flags in an editor."),
    Option(
        "-D",
        "--dep",
        "deps",
        multiple=True,
        metavar="PATH",
        help="Require the file or directory PATH. Can be used several times.",
    ),
    Option(
        "--stop-after",
        type=click.FloatRange(min=0),
        metavar="MINUTES",
        help="Stop the run after MINUTES.",
    ),
    Option("--keep-run", is_flag=True, help="Keep a run that its operation deletes on success."),
    Option("-f", "--force-flags", is_flag=True, help="Accept unknown flags and invalid values."),
    Option("--force-deps", is_flag=True, help="Continue if a requirement is missing."),
    exclusive=(("--comment", "--edit-comment"),),
)


class RepeatOptions(NamedTuple):
    """Options that repeat earlier runs, or avoid it."""

    proto: str | None
    restart: str | None
    needed: bool
    force_sourcecode: bool


REPEAT = OptionGroup(
    "Repeat",
    "repeat",
    RepeatOptions,
    Option(
        "--proto",
        metavar="RUN",
        help="Use the operation, flags and source code of RUN. Flags can be changed.",
    ),
    Option(
        "--start",
        "--restart",
        "restart",
        metavar="RUN",
        help="Start a staged run, or start a run again in its directory. Flags can be changed.",
    ),
    Option(
        "--needed",
        is_flag=True,
        help="Do nothing if a run of the operation with the same flags exists that has not failed.",
    ),
    Option(
        "--force-sourcecode",
        is_flag=True,
        help="Use the project's source code with --proto or --restart.",
    ),
    exclusive=(("--proto", "--restart"),),
)


class JobsType(click.ParamType):  # type: ignore[type-arg]  # generic in click 8.5 alone
    """A number of jobs; `auto` is the number of processors."""

    name = "jobs"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Return the number of jobs; None for `auto`."""
        if value is None or value == "auto":
            return None
        if not (str(value).isdigit() and int(value) > 0):
            self.fail(f"expected a positive number of jobs or 'auto' but got {value!r}", param, ctx)
        return int(value)


class BatchOptions(NamedTuple):
    """Options for batches and searches."""

    optimizer: str | None
    optimize: bool
    minimize: str | None
    maximize: str | None
    max_trials: int | None
    jobs: int | None
    opt_flags: tuple[str, ...]
    random_seed: int | None
    fail_on_trial_error: bool
    stage_trials: bool
    keep_batch: bool
    batch_label: str | None
    batch_tags: tuple[str, ...]
    batch_comment: str | None
    edit_batch_comment: bool


BATCH = OptionGroup(
    "Search and batches",
    "batch",
    BatchOptions,
    Option(
        "-o",
        "--optimizer",
        metavar="NAME",
        help="Search with an optimizer: random, gp, forest, gbrt, or one of the project.",
    ),
    Option("-O", "--optimize", is_flag=True, help="Search with the default optimizer."),
    Option(
        "-N",
        "--minimize",
        metavar="COLUMN",
        help="Minimize COLUMN (default: loss). For columns see 'guild compare --help'.",
    ),
    Option("-X", "--maximize", metavar="COLUMN", help="Maximize COLUMN."),
    Option(
        "-m",
        "--max-trials",
        "--trials",
        type=int,
        metavar="N",
        help="Run at most N trials (default: 20 in a search, all in a grid).",
    ),
    Option(
        "-j",
        "--jobs",
        type=JobsType(),
        default="1",
        metavar="N",
        help="Run N trials at a time; 'auto' is the number of processors.",
    ),
    Option(
        "-Fo",
        "--opt-flag",
        "opt_flags",
        multiple=True,
        metavar="FLAG=VAL",
        help="Set a flag of the optimizer. Can be used several times.",
    ),
    Option(
        "--random-seed", type=int, metavar="N", help="Seed for sampling trials and flag values."
    ),
    Option("--fail-on-trial-error", is_flag=True, help="Stop at the first trial that fails."),
    Option("--stage-trials", is_flag=True, help="Stage the trials without running them."),
    Option("--keep-batch", is_flag=True, help="Keep the batch run after it has succeeded."),
    Option("-bl", "--batch-label", metavar="LABEL", help="Set the label of the batch."),
    Option(
        "-bt",
        "--batch-tag",
        "batch_tags",
        multiple=True,
        metavar="TAG",
        help="Add a tag to the batch. Can be used several times.",
    ),
    Option("-bc", "--batch-comment", metavar="TEXT", help="Add a comment to the batch."),
    Option("-ebc", "--edit-batch-comment", is_flag=True, help="Write that comment in an editor."),
    exclusive=(
        ("--optimizer", "--optimize"),
        ("--minimize", "--maximize"),
        ("--batch-comment", "--edit-batch-comment"),
    ),
)


class PlaceOptions(NamedTuple):
    """Options for where and when the run starts."""

    background: bool
    pidfile: str | None
    gpus: str | None
    no_gpus: bool
    stage: bool
    stage_dir: str | None
    run_dir: str | None
    run_id: str | None


PLACE = OptionGroup(
    "Where it runs",
    "place",
    PlaceOptions,
    Option("-b", "--background", is_flag=True, help="Run in the background."),
    Option(
        "--pidfile", metavar="FILE", help="Run in the background; write the process ID to FILE."
    ),
    Option(
        "--gpus",
        metavar="DEVICES",
        help="Use only the GPUs with these comma-separated IDs (default: all).",
    ),
    Option("--no-gpus", is_flag=True, help="Use no GPU."),
    Option("--stage", is_flag=True, help="Stage the run; start it later with --start."),
    Option("--stage-dir", metavar="DIR", help="Stage the run in DIR, outside of the Guild home."),
    Option("-d", "--run-dir", metavar="DIR", help="Run in DIR, outside of the Guild home."),
    Option("--run-id", metavar="ID", hidden=True),
    exclusive=(
        ("--stage", "--background"),
        ("--gpus", "--no-gpus"),
        ("--run-dir", "--stage-dir"),
    ),
)


class DebugOptions(NamedTuple):
    """Options that find mistakes in an operation."""

    break_: tuple[str, ...]
    break_on_error: bool
    debug_sourcecode: str | None
    test_flags: bool
    test_sourcecode: bool
    test_output_scalars: str | None


DEBUG = OptionGroup(
    "Debug",
    "debug",
    DebugOptions,
    Option(
        "--break",
        "break_",
        multiple=True,
        metavar="LOCATION",
        help="Set a breakpoint at [FILE:]LINE or MODULE.FUNCTION of a Python operation; 1 is the "
        "first line of the script. Can be used several times.",
    ),
    Option(
        "--break-on-error",
        is_flag=True,
        help="Start the debugger where a Python operation raises an error.",
    ),
    Option(
        "--debug-sourcecode",
        metavar="DIR",
        help="Import Python modules from DIR instead of the run's source code.",
    ),
    Option("--test-flags", is_flag=True, help="Show how flags are defined, and exit."),
    Option("--test-sourcecode", is_flag=True, help="Show which files are copied, and exit."),
    Option(
        "--test-output-scalars",
        metavar="FILE",
        help="Show the scalars found in FILE ('-' is stdin), and exit.",
    ),
)


class ShowOptions(NamedTuple):
    """Options that show something instead of running."""

    help_op: bool
    help_model: bool
    print_cmd: bool
    print_env: bool
    print_trials: bool
    save_trials: str | None


SHOW = OptionGroup(
    "Show and exit",
    "show",
    ShowOptions,
    Option("-h", "--help-op", is_flag=True, help="Show the operation's help and flags."),
    Option("--help-model", is_flag=True, help="Show the model's help."),
    Option("--print-cmd", is_flag=True, help="Show the command."),
    Option("--print-env", is_flag=True, help="Show the variables that Guild adds."),
    Option("--print-trials", is_flag=True, help="Show the trials."),
    Option(
        "--save-trials",
        metavar="FILE",
        help="Save the trials to a batch file: CSV, or JSON for .json.",
    ),
)


class StepOptions(NamedTuple):
    """Hidden options with which an operation of steps starts a step."""

    step: str | None
    isolate_runs: bool


STEP = OptionGroup(
    "Step",
    "step",
    StepOptions,
    Option("--step", metavar="LINK", hidden=True),
    Option("--isolate-runs", is_flag=True, hidden=True),
)


EXCLUSIVE = (
    ("--run-dir", "--restart"),
    ("--stage-dir", "--restart"),
    ("--run-id", "--restart"),
)
"""Options of different groups that exclude each other."""


class CommandLine(NamedTuple):
    """The command line of `guild run`: words and option groups."""

    words: tuple[str, ...]
    run: RunOptions
    repeat: RepeatOptions
    batch: BatchOptions
    place: PlaceOptions
    debug: DebugOptions
    show: ShowOptions
    step: StepOptions
