"""The steps of an operation: each is a `guild run`, and is linked in the run of the operation."""

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
"""The exit code of an operation one of whose steps left something else than it is to."""


def run_steps(run: Run, environ: Mapping[str, str]) -> int:
    """Run the steps of `run`, one after the other; the exit code of the first that fails, 0 if
    none does.

    They are started in the folder that PROJECT_DIR names, with the environment `environ` less
    what in it is about `run` itself.
    Raises GuildError for what is wrong with a step, and where the project is gone.
    """
    path = Path(run.guild_path("attrs", "steps"))
    if not path.is_file():
        raise GuildError(f"run {run.short_id} has no steps (attribute 'steps')")
    steps = parse_recorded_steps(path.read_bytes(), str(path))
    folder = Path(environ.get("PROJECT_DIR", "."))
    if not folder.is_dir():
        raise GuildError(
            f"the project of run {run.short_id} is gone ({folder}): its steps cannot be run"
        )
    for link in list(linked_runs(Path(run.path))):
        link.unlink()  # of an earlier start
    for step in steps:
        words = step_words(step, run.flags, _operation_name(step, run, folder))
        link = _free_link(run, step)
        log.info(f"running {step.name}: {shlex.join(words)}")
        exit_code = _run_step(words, link, step, folder, run, environ)
        if exit_code:
            log.error(f"step '{step.name}' failed with exit code {exit_code}")
            return exit_code
        runs = _runs_of_step(link)
        if step.expect and not check(step.expect, runs, folder):
            return CHECK_FAILED
    return 0


# -- What a step asks for


def step_words(step: StepDef, flags: Mapping[str, Any], operation: str) -> list[str]:
    """The words of `guild run` for a step of a run with `flags`: the operation, options, flags.

    Raises GuildError for a reference to a flag that the run does not have.
    """
    prefix = f"{step.name}:"
    of_the_run = [
        f"{name.removeprefix(prefix)}={flag_values.encode(value)}"
        for name, value in sorted(flags.items())
        if name.startswith(prefix) and value is not None
    ]
    said = (f"{name}={_text(name, step)}" for name in sorted(step.flags))
    # The last assignment of a flag holds.
    return [
        operation,
        *(_resolved(word, flags, keep_unknown=True) for word in _option_words(step.options)),
        *(_resolved(word, flags) for word in (*said, *step.args)),
        *of_the_run,
    ]


def _text(flag: str, step: StepDef) -> str:
    """A flag's value as the command line has it."""
    value = step.flags[flag]
    if isinstance(value, str) and "${" in value:
        return value
    return step.flag_texts.get(flag) or flag_values.encode(value)


def _resolved(word: str, flags: Mapping[str, Any], *, keep_unknown: bool = False) -> str:
    """`word` with the values of the run's flags; what is not one of them may be one of the
    step's in its label, and is an error in its flags."""
    return templates.resolve_references(word, flags, _shown, keep_unknown=keep_unknown)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else flag_values.encode(value)


def _option_words(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
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
            for one in value if isinstance(value, tuple) else [value]:
                yield from (_option(name), _shown(one))


def _option(name: str) -> str:
    return "--tag" if name == "tags" else f"--{name.replace('_', '-')}"


def _optimizer_words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}={_shown(one)}" for name, one in value.items()]
    return [str(one) for one in (value if isinstance(value, (list, tuple)) else [value])]


def _operation_name(step: StepDef, run: Run, folder: Path) -> str:
    """The name of the operation that a step runs, with its model where that is known."""
    guildfile, opref = load_project(folder), run.opref
    if guildfile is None:
        return step.run
    found = find_step_operation(step.run, opref.model if opref else "", guildfile)
    return found.full_name if found else step.run


# -- Running a step


def _run_step(
    words: list[str],
    link: Path,
    step: StepDef,
    folder: Path,
    run: Run,
    environ: Mapping[str, str],
) -> int:
    isolate = [] if step.isolate_runs is False else ["--isolate-runs"]
    command = [
        *(sys.executable, "-m", "guild", "-C", str(folder), "run"),
        *("--step", str(link), *isolate, "-y", *words),
    ]
    with _outliving_its_signals() as came:
        # In the folder .guild no module of the project's can come before one of ours.
        done = subprocess.run(command, cwd=run.guild_path(), env=_environment(environ), check=False)
    if came and done.returncode == 0:
        return 128 + came[0]
    return 128 - done.returncode if done.returncode < 0 else done.returncode


@contextmanager
def _outliving_its_signals() -> Iterator[list[int]]:
    """Leave what asks to stop to the step, which gets it too; the signals that came."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# What in the environment is about the run that has the steps, and not about them.
_OF_THE_RUN = (
    *("RUN_DIR", "RUN_ID", "GUILD_OP", "GUILD_SOURCECODE", "PROJECT_DIR", "CMD_DIR"),
    "FLAGS_DEST",
)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name not in _OF_THE_RUN and not name.startswith("FLAG_")
    }


# -- Where its runs are


def _free_link(run: Run, step: StepDef) -> Path:
    """The path in the run directory at which the run of a step is linked: its name, with a
    number if that is taken."""
    name = re.sub(r"[\s/]+", "-", step.name).strip(".") or "step"
    path, number = Path(run.path, name), 1
    while os.path.lexists(path):
        number += 1
        path = Path(run.path, f"{name}_{number}")
    return path


def _runs_of_step(link: Path) -> list[Run]:
    """The runs that a step made: one, or the trials of a batch, which are then linked in place
    of the batch if that is gone."""
    if not link.is_symlink():
        return []
    path = Path(os.path.normpath(link.parent / os.readlink(link)))
    if path.is_dir():
        return [Run(path.name, path)]
    link.unlink()
    trials = Trials(Run(path.name, path), RunStore(path.parents[1]))
    trials.refresh()
    for number, one in enumerate(trials, 1):
        link_run(link if number == 1 else link.with_name(f"{link.name}_{number}"), one)
    return list(trials)
