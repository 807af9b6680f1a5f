"""The trials of a batch as runs: their ids, their directories, whether they are done."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

from guild.launch.batch_directory import StagedBatch
from guild.ops.define.command import build_command, command_environment
from guild.ops.plan import label
from guild.ops.plan.plan import Plan
from guild.ops.stage.environment import run_environment
from guild.ops.stage.stage import stage_run
from guild.run import Run
from guild.runs.store import RunStore


def trial_id(batch_id: str, number: int) -> str:
    """The id of trial `number` (from 0) of a batch: the same for whoever makes it."""
    return hashlib.md5(f"{batch_id}/{number}".encode(), usedforsecurity=False).hexdigest()


def is_done(run: Run) -> bool:
    """Whether `run` has a result: it ended by itself, well or not. One that was asked to
    stop, or whose supervisor was killed, has none."""
    return run.exit_status not in (None, -signal.SIGTERM)


class Trials(Sequence[Run]):
    """The trials of a batch that are there, in their order; there are never fewer than before.

    A `Run` is made when it is asked for, so that a batch of any size costs nothing.
    """

    def __init__(self, batch: Run, store: RunStore) -> None:
        self._batch_id = batch.id
        self._store = store
        self._count = 0

    def refresh(self) -> None:
        """Look for trials that were made since."""
        while os.path.isdir(self.at(self._count).path):
            self._count += 1

    def at(self, number: int) -> Run:
        """Trial `number`, whether or not it is there."""
        return self._store.get(trial_id(self._batch_id, number))

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
    """A trial that can be started.

    Attributes:
        run: its run, staged.
        flags: its flags.
        environ: the environment to start it with, secrets included.
    """

    run: Run
    flags: dict[str, Any]
    environ: dict[str, str]


class TrialMaker:
    """Makes the run directories of the trials of one batch."""

    def __init__(
        self,
        batch: StagedBatch,
        store: RunStore,
        environ: Mapping[str, str],
        cwd: Path,
        marker: str = "PENDING",
    ) -> None:
        self._batch = batch
        self._marker = marker
        self._store = store
        self._environ = environ
        self._cwd = cwd
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
        self._known: dict[str, bytes] = {}
        self._asked = set(_mapping(proto.get("user_flags")))
        self._asked_env = _asked_env(batch.env)

    def make(self, run: Run, flags: Mapping[str, Any], own: Mapping[str, str]) -> MadeTrial:
        """The new trial `run` with `flags`, staged and linked in the batch; `own` are
        variables of this trial alone.

        It appears whole or not at all. Raises GuildError where it cannot be written.
        """
        plan = self._plan(flags, own)
        environ = stage_run(
            plan,
            run,
            environ=self._environ,
            home=self._store.home,
            cwd=self._cwd,
            marker=self._marker,
            shared_attrs=self._known,
        )
        self._link(run)
        self._known = self._known or _common_attributes(run, plan)
        return MadeTrial(run, plan.flags, environ)

    def take_up(self, run: Run, own: Mapping[str, str]) -> MadeTrial:
        """The trial `run`, which is there, to be started with other variables of its own.

        Raises OSError where it cannot be written.
        """
        plan = self._plan(run.flags, own)
        env = run_environment(
            plan, run, environ=self._environ, home=self._store.home, cwd=self._cwd
        )
        if own:
            run.set("env", env.recorded)
        self._link(run)
        return MadeTrial(run, plan.flags, env.full)

    def _plan(self, flags: Mapping[str, Any], own: Mapping[str, str]) -> Plan:
        """The plan of a trial with `flags`. Raises GuildError."""
        defs = self._batch.operation.flags
        flags = dict(sorted(flags.items()))
        template = self._batch.operation.command
        return self._base._replace(
            flags=flags,
            user_flags={name: flags[name] for name in flags if name in self._asked},
            cmd=tuple(build_command(template, flags, defs)),
            env={**self._asked_env, **own, **command_environment(template, flags, defs)},
            label=label.render_label(self._base.label_template, flags, defs),
        )

    def _link(self, run: Run) -> None:
        path = Path(self._batch.run.path, run.id)
        if not path.is_symlink():
            path.symlink_to(run.path)


# What the trials of a batch have in common: found out and encoded once.
_COMMON = (
    *("compare", "host", "objective", "op", "pip_freeze", "platform", "plugins", "random_seed"),
    *("run_params", "sourcecode_digest", "tags", "user"),
)


def _common_attributes(run: Run, plan: Plan) -> dict[str, bytes]:
    """The attributes of the trial `run` that every trial has, as their files have them."""
    names = {*_COMMON, *plan.attrs} & set(run.attr_names())
    if plan.operation.opdef.requires:
        names -= {"op"}  # which tells the runs that are used
    return {name: Path(run.guild_path("attrs", name)).read_bytes() for name in sorted(names)}


def _asked_env(env: Mapping[str, str]) -> dict[str, str]:
    """What options of `run` set for the batch holds for each trial."""
    names = ("CUDA_VISIBLE_DEVICES", "GUILD_SOURCECODE", "PDB_BREAKS", "BREAK_ON_ERROR")
    return {name: env[name] for name in names if name in env}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
