"""The run directory of a batch: written from a plan and read back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guild.base import clock, secrets
from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.flagdef import FlagDef
from guild.flags.functions import is_function_call
from guild.launch.batch_plan import (
    DEFAULT_MAX_TRIALS,
    GRID,
    BatchPlan,
    batch_name,
    command,
    main_module,
    recorded_flags,
)
from guild.launch.grid import Grid, sample
from guild.opref import OpRef
from guild.ops.define.operation import Operation
from guild.ops.define.resolve import operation_of_run
from guild.ops.plan.assignments import decode
from guild.ops.stage.attributes import new_comment
from guild.ops.stage.environment_info import machine
from guild.ops.stage.stage import new_run_directory, stage_run, write_opref
from guild.run import Run


def stage_batch(
    batch: BatchPlan,
    run: Run,
    ctx: Context,
    *,
    marker: str = "PENDING",
) -> None:
    """Write the new run directory of `run` for the batch `batch`.

    Raises GuildError if it cannot be written.
    """
    recipe = batch.proto._replace(
        flags=recorded_flags(batch.proto.flags),
        user_flags=recorded_flags(batch.proto.user_flags),
    )
    with new_run_directory(run) as folder:
        os.makedirs(folder.guild_path("attrs"), exist_ok=True)
        Path(folder.guild_path(marker)).touch()
        proto = Run(run.id, folder.guild_path("proto"))
        stage_run(recipe, proto, ctx, is_proto=True)
        write_opref(folder, batch.opref)
        for name, value in _attributes(batch, run, ctx.environ).items():
            folder.set(name, value)
        if marker == "STAGED":
            # Guild AI 0.9 lists runs by this attribute.
            folder.set("started", folder.get("initialized"))
        if batch.rows:
            proto.set("trials", [dict(row) for row in batch.rows])


def write_batch(batch: BatchPlan, run: Run, proto: Run, *, is_labeled: bool) -> None:
    """Update the batch in `run` with the prototype `proto` to `batch`. Raises OSError.

    Its label changes if `is_labeled`.
    """
    flags, user_flags = batch.proto.flags, batch.proto.user_flags
    proto.set("flags", recorded_flags(flags))
    recorded = proto.get("user_flags")
    user_flags = {**_mapping(recorded), **user_flags}
    proto.set("user_flags", recorded_flags(user_flags))
    if batch.rows:
        proto.set("trials", [dict(row) for row in batch.rows])
    else:
        proto.delete_attr("trials")
    write_opref(run, batch.opref)
    for name in ("flags", "user_flags", "objective", "random_seed"):
        run.set(name, _decisions(batch)[name])
    if is_labeled:
        run.set("label", batch.label)
    if batch.max_trials is not None:
        run.set("max_trials", batch.max_trials)


def _decisions(batch: BatchPlan) -> dict[str, Any]:
    """Return the attributes that a restart may change."""
    return {
        "flags": batch.options,
        "objective": batch.objective,
        "random_seed": batch.random_seed,
        "user_flags": batch.user_options,
    }


def stage_function_batch(batch: BatchPlan, run: Run, environ: Mapping[str, str]) -> None:
    """Write the new run directory of `run` for a batch of function calls. Raises GuildError."""
    with new_run_directory(run) as folder:
        proto = Run(run.id, folder.guild_path("proto"))
        os.makedirs(proto.guild_path("attrs"))
        os.makedirs(folder.guild_path("attrs"))
        Path(folder.guild_path("PENDING")).touch()
        write_opref(proto, batch.proto.operation.opref)
        proto.set("flags", recorded_flags(batch.proto.flags))
        write_opref(folder, batch.opref)
        for name, value in _attributes(batch, run, environ).items():
            folder.set(name, value)


def _attributes(batch: BatchPlan, run: Run, environ: Mapping[str, str]) -> dict[str, Any]:
    attrs: dict[str, Any] = {
        "cmd": command(run.id),
        "deps": {},
        "env": secrets.public_environ(environ),
        "host": machine.host(),
        "id": run.id,
        "initialized": clock.timestamp(),
        "platform": machine.platform_info(),
        "plugins": [],
        "run_params": batch.proto.params,
        "user": machine.user(),
        **_decisions(batch),
    }
    if batch.opref.type == "builtin":
        attrs["op"] = _op_record(batch.opref)
    if batch.max_trials is not None:
        attrs["max_trials"] = batch.max_trials
    if batch.label:
        attrs["label"] = batch.label
    if batch.tags:
        attrs["tags"] = list(batch.tags)
    if batch.comment:
        attrs["comments"] = [new_comment(batch.comment)]
    return attrs


def _op_record(opref: OpRef) -> dict[str, Any]:
    """Return the attribute `op`, with which Guild AI 0.9 can resume the batch."""
    return {
        "op-cmd": {
            "cmd-args": ["${guild_python_exe}", "-um", main_module(opref)],
            "cmd-env": {"NO_OP_INTERRUPTED_MSG": "1", "PYTHONPATH": "."},
            "flags-dest": "args",
        },
        "sourcecode": {"dest": "."},
    }


class StagedBatch(NamedTuple):
    """A batch as its run directory records it.

    Attributes:
        run: the batch run.
        proto: the prototype of the trials.
        operation: the operation of the trials.
        flags: the flags of the trials, including lists and ranges.
        rows: the rows of batch files.
        opref: the opref of the batch.
        options: the options of the optimizer.
        env: the recorded environment of the prototype.
        objective: the column to minimize, with a leading `-` to maximize.
        max_trials: the largest number of trials; None for all combinations of a grid.
        random_seed: the seed for choosing trials.
    """

    run: Run
    proto: Run
    operation: Operation
    flags: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    opref: OpRef
    options: dict[str, Any]
    env: dict[str, str]
    objective: str
    max_trials: int | None
    random_seed: int

    @property
    def name(self) -> str:
        """Return the name of the batch: `echo+`, `echo+skopt:gp`."""
        return batch_name(self.operation.name, self.opref)

    @property
    def optimizer(self) -> str | None:
        """Return the optimizer's name; None for a grid."""
        return None if self.opref.op == GRID else self.opref.full_name

    def trials(self) -> Sequence[dict[str, Any]]:
        """Return the flags of each trial of a grid, in order."""
        return sample(
            Grid(self.flags, self.rows, self.random_seed), self.max_trials, self.random_seed
        )


def read_batch(run: Run, operation: Operation | None = None) -> StagedBatch:
    """Return the batch in `run`.

    `operation` is the operation of its trials, by default the recorded one. Functions have no
    such record. Raises GuildError if `run` is not a batch or is damaged.
    """
    proto, opref = run.batch_proto, run.opref
    if proto is None or opref is None:
        raise GuildError(f"run {run.short_id} is not a batch")
    if operation is None and proto.opref is not None and proto.opref.type == "func":
        raise GuildError(
            f"batch {run.short_id} calls a Python function; "
            f"resume it with guild.ipy.run(FUNCTION, _restart='{run.short_id}')"
        )
    operation = operation or operation_of_run(proto)
    flags = {name: _read_value(value, name, operation.flags) for name, value in proto.flags.items()}
    max_trials = run.get("max_trials")
    rows = proto.get("trials")
    return StagedBatch(
        run=run,
        proto=proto,
        operation=operation,
        flags=flags,
        rows=tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else (),
        opref=opref,
        options=run.flags,
        env={name: str(value) for name, value in _mapping(proto.get("env")).items()},
        objective=str(run.get("objective") or "loss"),
        max_trials=max_trials if isinstance(max_trials, int) else _default_max_trials(opref),
        random_seed=run.random_seed or 0,
    )


def _default_max_trials(opref: OpRef) -> int | None:
    return None if opref.op == GRID else DEFAULT_MAX_TRIALS


def _read_value(value: Any, name: str, defs: Mapping[str, FlagDef]) -> Any:
    """Convert a recorded value; a string like `[0:1]` is a range unless the flag is a string."""
    flag = defs.get(name, FlagDef(name))
    if isinstance(value, str) and flag.type in (None, "int", "float", "number"):
        return decode(value, flag) if is_function_call(value) else value
    return value


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
