"""The trials of a batch as runs: their ids, directories and results."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, overload

from guild.base import files
from guild.context import Context
from guild.launch.batch_directory import StagedBatch
from guild.ops.define.command import build_command, command_environment
from guild.ops.plan import label
from guild.ops.plan.plan import Plan
from guild.ops.stage.environment import run_environment
from guild.ops.stage.stage import stage_run
from guild.run import Run
from guild.runs.store import RunStore


def trial_id(batch_id: str, number: int) -> str:
    """Return the id of trial `number` (from 0), which is the same in every process."""
    return hashlib.md5(f"{batch_id}/{number}".encode(), usedforsecurity=False).hexdigest()


def is_done(run: Run) -> bool:
    """Return whether `run` has a result: it ended by itself, successfully or not.

    A run that was stopped or whose supervisor was killed has no result.
    """
    return run.exit_status not in (None, -signal.SIGTERM)


class Trials(Sequence[Run]):
    """The existing trials of a batch, in order; after a restart, those of the latest start.

    A trial whose run was deleted still counts, as the link in the batch's directory shows.

    `Run` objects are created on access, so that the size of a batch does not matter. The length
    never decreases.
    """

    def __init__(self, batch: Run, store: RunStore) -> None:
        self._batch = batch
        self._store = store
        self._first_path = Path(batch.guild_path("first-trial"))
        self._first = int(files.read_text(self._first_path) or 0)
        self._count = 0

    def refresh(self) -> None:
        """Include trials created since the last call."""
        while self._exists(self.at(self._count)):
            self._count += 1

    def _exists(self, run: Run) -> bool:
        return os.path.isdir(run.path) or os.path.islink(os.path.join(self._batch.path, run.id))

    def start_anew(self) -> None:
        """Leave the existing trials to the past: the next trial is the first. Raises OSError."""
        self.refresh()
        self._first, self._count = self._first + self._count, 0
        files.write_atomic(self._first_path, str(self._first).encode())

    def at(self, number: int) -> Run:
        """Return trial `number`, whether or not it exists."""
        return self._store.get(trial_id(self._batch.id, self._first + number))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...

    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        if isinstance(index, slice):
            return [self.at(number) for number in range(*index.indices(self._count))]
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self.at(index)


class MadeTrial(NamedTuple):
    """A trial that is ready to start.

    Attributes:
        run: the staged run.
        flags: its flags.
        environ: the environment for the start, including secrets.
    """

    run: Run
    flags: dict[str, Any]
    environ: dict[str, str]


class TrialMaker(Protocol):
    """A factory for the runs of a batch's trials."""

    def make(self, run: Run, flags: Mapping[str, Any], variables: Mapping[str, str]) -> MadeTrial:
        """Stage the new trial `run` with `flags` and link it in the batch.

        `variables` are environment variables of this trial only. The run directory appears
        complete or not at all. Raises GuildError if it cannot be written.
        """

    def resume(self, run: Run, number: int, variables: Mapping[str, str]) -> MadeTrial:
        """Prepare the existing trial `run` for another start with `variables`.

        `number` is its index in the batch. Raises OSError if it cannot be written.
        """


class OperationTrialMaker:
    """A factory for the trials of an operation."""

    def __init__(
        self,
        batch: StagedBatch,
        store: RunStore,
        ctx: Context,
        marker: str = "PENDING",
    ) -> None:
        self._batch = batch
        self._marker = marker
        self._store = store
        self._ctx = ctx
        proto = batch.proto
        comments = proto.comments
        self._base = Plan(
            operation=batch.operation,
            flags={},
            user_flags={},
            cmd=(),
            env={},
            label_template=batch.operation.opdef.label,
            label="",
            tags=tuple(proto.tags),
            comment=comments[0].get("body") if comments else None,
            random_seed=proto.random_seed or 0,
            source_run=proto,
            attrs=dict(batch.operation.opdef.run_attrs),
            params=_mapping(proto.get("run_params")),
        )
        self._common_attrs: dict[str, bytes] = {}
        self._user_flags = set(_mapping(proto.get("user_flags")))
        self._option_env = _option_env(batch.env)

    def make(self, run: Run, flags: Mapping[str, Any], variables: Mapping[str, str]) -> MadeTrial:
        """See `TrialMaker.make`."""
        plan = self._plan(flags, variables)
        environ = stage_run(
            plan,
            run,
            self._ctx,
            marker=self._marker,
            shared_attrs=self._common_attrs,
        )
        link_trial(self._batch.run, run)
        self._common_attrs = self._common_attrs or _common_attributes(run, plan)
        return MadeTrial(run, plan.flags, environ)

    def resume(self, run: Run, number: int, variables: Mapping[str, str]) -> MadeTrial:
        """See `TrialMaker.resume`."""
        plan = self._plan(run.flags, variables)
        env = run_environment(plan, run, self._ctx)
        if variables:
            run.set("env", env.recorded)
        link_trial(self._batch.run, run)
        return MadeTrial(run, plan.flags, env.full)

    def _plan(self, flags: Mapping[str, Any], variables: Mapping[str, str]) -> Plan:
        defs = self._batch.operation.flags
        flags = dict(sorted(flags.items()))
        template = self._batch.operation.command
        return self._base._replace(
            flags=flags,
            user_flags={name: flags[name] for name in flags if name in self._user_flags},
            cmd=tuple(build_command(template, flags, defs)),
            env={**self._option_env, **variables, **command_environment(template, flags, defs)},
            label=label.render_label(self._base.label_template, flags, defs),
        )


def link_trial(batch: Run, trial: Run) -> None:
    """Link `trial` in the directory of `batch`. Raises OSError."""
    path = Path(batch.path, trial.id)
    if not path.is_symlink():
        path.symlink_to(trial.path)


# The attributes that all trials of a batch share; their files are encoded once.
_COMMON = (
    *("compare", "host", "objective", "op", "pip_freeze", "platform", "plugins", "random_seed"),
    *("run_params", "sourcecode_digest", "tags", "user"),
)


def _common_attributes(run: Run, plan: Plan) -> dict[str, bytes]:
    """Return the shared attributes of the trial `run`, as the content of their files."""
    names = {*_COMMON, *plan.attrs} & set(run.attr_names())
    if plan.operation.opdef.requires:
        names -= {"op"}  # it records the runs that satisfy the requirements
    return {name: Path(run.guild_path("attrs", name)).read_bytes() for name in sorted(names)}


def _option_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that options of `guild run` set for each trial."""
    names = ("CUDA_VISIBLE_DEVICES", "GUILD_SOURCECODE", "PDB_BREAKS", "BREAK_ON_ERROR")
    return {name: env[name] for name in names if name in env}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
