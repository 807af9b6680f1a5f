"""The steps of an operation: each is a `guild run` that is linked in the operation's run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from guild.base import log
from guild.base.errors import GuildError
from guild.guildfile.defs import StepDef
from guild.guildfile.steps import parse_recorded_steps
from guild.launch.expectations import check
from guild.launch.step_command import ParentOptions, StepCommand, step_command
from guild.launch.trial_runs import Trials
from guild.ops.define.resolve import load_project
from guild.ops.define.step_operations import find_step_operation
from guild.ops.plan.step_of import link_run, linked_runs
from guild.run import Run
from guild.runs.store import RunStore

CHECK_FAILED = 3
"""The exit code of an operation if a step does not fulfill its expectations."""


def run_steps(run: Run, environ: Mapping[str, str]) -> int:
    """Run the steps of `run` in order; return the exit code of the first that fails, else 0.

    Options that a step cannot have are ignored with a warning.

    Steps run in the directory PROJECT_DIR, with the environment `environ` without the variables
    that describe `run` itself.
    Raises GuildError for an invalid step, for a failed check, and if the project no longer exists.
    """
    path = Path(run.guild_path("attrs", "steps"))
    if not path.is_file():
        raise GuildError(f"run {run.short_id} has no steps (attribute 'steps')")
    steps = parse_recorded_steps(path.read_bytes(), str(path))
    project_dir = Path(environ.get("PROJECT_DIR", "."))
    if not project_dir.is_dir():
        raise GuildError(
            f"cannot run the steps of run {run.short_id}: its project {project_dir} does not exist"
        )
    for link in list(linked_runs(Path(run.path))):
        link.unlink()  # of an earlier start
    commands = [_command(step, run, project_dir) for step in steps]
    for step, command in zip(steps, commands, strict=True):
        link = _free_link(run, step)
        log.info(f"running {step.name}: {command.text}")  # Guild AI 0.9 wording
        exit_code = _run_step(command.words, link, step, project_dir, run, environ)
        if exit_code:
            return exit_code
        runs = _runs_of_step(link)
        if step.expect and not check(step.expect, runs, project_dir, environ):
            raise GuildError(  # Guild AI 0.9 wording
                "stopping because a check failed - see above for details", exit_code=CHECK_FAILED
            )
    return 0


def _command(step: StepDef, run: Run, project_dir: Path) -> StepCommand:
    """Return the command line of a step of `run`; warn about options that it cannot have."""
    operation = _operation_name(step, run, project_dir)
    command = step_command(step, run.flags, operation, _parent_options(run))
    written = step.record if isinstance(step.record, str) else step.record["run"]
    for name in command.ignored:  # Guild AI 0.9 wording
        log.warning(f"run parameter {name} used in '{written}' ignored")
    return command


def _parent_options(run: Run) -> ParentOptions:
    """Return the options of `run` that its steps share: those of its latest start."""
    params = run.get("run_params")
    if not isinstance(params, dict):
        return ParentOptions()
    return ParentOptions(
        label=params.get("label"),
        tags=params.get("tags") or (),
        stage_trials=bool(params.get("stage_trials")),
    )


def _operation_name(step: StepDef, run: Run, project_dir: Path) -> str:
    """Return the name of the step's operation, with its model if the project defines it."""
    guildfile, opref = load_project(project_dir), run.opref
    if guildfile is None:
        return step.run
    operation = find_step_operation(step.run, opref.model if opref else "", guildfile)
    return operation.full_name if operation else step.run


# -- Running a step


def _run_step(
    words: list[str],
    link: Path,
    step: StepDef,
    project_dir: Path,
    run: Run,
    environ: Mapping[str, str],
) -> int:
    isolate = [] if step.isolate_runs is False else ["--isolate-runs"]
    command = [
        *(sys.executable, "-m", "guild", "-C", str(project_dir), "run"),
        *("--step", str(link), *isolate, "-y", *words),
    ]
    with _surviving_signals() as received:
        # No module of the project in the directory .guild can shadow one of Guild's.
        done = subprocess.run(command, cwd=run.guild_path(), env=_environment(environ), check=False)
    if received and done.returncode == 0:
        return 128 + received[0]
    return 128 - done.returncode if done.returncode < 0 else done.returncode


@contextmanager
def _surviving_signals() -> Iterator[list[int]]:
    """Collect requests to stop, which the step receives as well and handles."""
    received: list[int] = []
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in numbers
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Variables that describe the run with the steps, not the steps themselves.
_RUN_VARIABLES = (
    *("RUN_DIR", "RUN_ID", "GUILD_OP", "GUILD_SOURCECODE", "PROJECT_DIR", "CMD_DIR"),
    "FLAGS_DEST",
)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name not in _RUN_VARIABLES and not name.startswith("FLAG_")
    }


# -- Links to runs


def _free_link(run: Run, step: StepDef) -> Path:
    """Return the path of a new link to the run of a step: its name, numbered if necessary."""
    name = re.sub(r"[\s/]+", "-", step.name).strip(".") or "step"
    path, number = Path(run.path, name), 1
    while os.path.lexists(path):
        number += 1
        path = Path(run.path, f"{name}_{number}")
    return path


def _runs_of_step(link: Path) -> list[Run]:
    """Return the runs of a step: a single one, or the trials of a batch.

    If the batch run was deleted, links to its trials replace the link to it.
    """
    if not link.is_symlink():
        return []
    path = Path(os.path.normpath(link.parent / os.readlink(link)))
    if path.is_dir():
        return [Run(path.name, path)]
    link.unlink()
    trials = Trials(Run(path.name, path), RunStore(path.parents[1]))
    trials.refresh()
    for number, trial in enumerate(trials, 1):
        link_run(link if number == 1 else link.with_name(f"{link.name}_{number}"), trial)
    return list(trials)
