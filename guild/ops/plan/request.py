"""What was asked: the same from the command line, a step and the API."""

from typing import Any, NamedTuple

from guild.ops.plan.step_of import StepOf
from guild.run import Run


class RunRequest(NamedTuple):
    """A request for one run, or for a batch of runs.

    Attributes:
        opspec: `[MODEL:]OPERATION`, a script, or None for the default operation.
        assignments: `NAME=VAL` as on the command line, `--` in front of NAME allowed.
        values: flag values that are values already; `assignments` win over them.
        label, tags, comment: for the run; a label may refer to flags as `${NAME}`.
        base: values of an earlier run that stand in for the flags' defaults.
        proto: a run whose operation and source code are used.
        batch_proto: the batch that `proto` is of, if it is one that is repeated.
        force_sourcecode: with `proto`, the project's source code instead of the run's.
        force_flags: accept any flag and any value.
        force_deps: go on where something that is required is missing.
        gpus: what CUDA_VISIBLE_DEVICES is set to; empty for none, None to leave it.
        random_seed: None for a new one.
        debug_sourcecode: a folder to take source code from in place of the run's copy.
        breakpoints, break_on_error: where the debugger stops a Python operation.
        keep_run: keep a run that its operation wants deleted on success.
        step: the place among the steps of another run, for one that is a step.
        params: the options as they were given, for the record.
    """

    opspec: str | None = None
    assignments: tuple[str, ...] = ()
    values: dict[str, Any] = {}  # noqa: RUF012  # never written to
    base: dict[str, Any] = {}  # noqa: RUF012
    label: str | None = None
    tags: tuple[str, ...] = ()
    comment: str | None = None
    proto: Run | None = None
    batch_proto: Run | None = None
    force_sourcecode: bool = False
    force_flags: bool = False
    force_deps: bool = False
    gpus: str | None = None
    random_seed: int | None = None
    debug_sourcecode: str | None = None
    breakpoints: tuple[str, ...] = ()
    break_on_error: bool = False
    keep_run: bool = False
    step: StepOf | None = None
    params: dict[str, Any] = {}  # noqa: RUF012
