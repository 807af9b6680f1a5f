"""The steps of an operation: each is a `guild run` that is linked in the operation's run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guild.base import log
from guild.base.errors import GuildError
from guild.flags import templates
from guild.flags import values as flag_values
from guild.guildfile.defs import StepDef
from guild.guildfile.steps import parse_recorded_steps
from guild.launch.expectations import check
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

    Steps run in the directory PROJECT_DIR, with the environment `environ` without the variables
    that describe `run` itself.
    Raises GuildError for an invalid step, and if the project no longer exists.
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
    for step in steps:
        words = step_words(step, run.flags, _operation_name(step, run, project_dir))
        link = _free_link(run, step)
        log.info(f"running {step.name}: {shlex.join(words)}")
        exit_code = _run_step(words, link, step, project_dir, run, environ)
        if exit_code:
            log.error(f"step '{step.name}' failed with exit code {exit_code}")
            return exit_code
        runs = _runs_of_step(link)
        if step.expect and not check(step.expect, runs, project_dir):
            return CHECK_FAILED
    return 0


# -- The command line of a step


def step_words(step: StepDef, flags: Mapping[str, Any], operation: str) -> list[str]:
    """Return the arguments of `guild run` for a step of a run with `flags`.

    Raises GuildError for a reference to an undefined flag.
    """
    prefix = f"{step.name}:"
    run_assignments = [
        f"{name.removeprefix(prefix)}={flag_values.encode(value)}"
        for name, value in sorted(flags.items())
        if name.startswith(prefix) and value is not None
    ]
    assignments = (f"{name}={_flag_text(name, step)}" for name in sorted(step.flags))
    # The last assignment of a flag takes precedence.
    return [
        operation,
        *(_resolved(word, flags, keep_unknown=True) for word in _option_words(step.options)),
        *(_resolved(word, flags) for word in (*assignments, *step.args)),
        *run_assignments,
    ]


def _flag_text(flag: str, step: StepDef) -> str:
    """Return the value of a flag in command-line syntax."""
    value = step.flags[flag]
    if isinstance(value, str) and "${" in value:
        return value
    return step.flag_texts.get(flag) or flag_values.encode(value)


def _resolved(word: str, flags: Mapping[str, Any], *, keep_unknown: bool = False) -> str:
    """Replace references to the run's flags in `word`.

    Unknown references are an error, unless `keep_unknown` is set: in the label of a step they may
    refer to its own flags.
    """
    return templates.resolve_references(word, flags, _value_text, keep_unknown=keep_unknown)


def _value_text(value: Any) -> str:
    return value if isinstance(value, str) else flag_values.encode(value)


def _option_words(step_options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in step_options.items():
        if name == "yes":
            continue
        if name == "trials":
            yield from (f"@{path}" for path in value)
        elif name in ("opt_flags", "opt_flag"):
            for word in _optimizer_words(value):
                yield from ("--opt-flag", word)
        elif isinstance(value, bool):
            yield from [_option(name)] if value else []
        else:
            for item in value if isinstance(value, tuple) else [value]:
                yield from (_option(name), _value_text(item))


def _option(name: str) -> str:
    return "--tag" if name == "tags" else f"--{name.replace('_', '-')}"


def _optimizer_words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}={_value_text(item)}" for name, item in value.items()]
    return [str(item) for item in (value if isinstance(value, (list, tuple)) else [value])]


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
