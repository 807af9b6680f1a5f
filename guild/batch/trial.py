"""One trial of a batch: its id, its run directory, whether it is done."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guild.batch.stage import StagedBatch
from guild.ops import command, label
from guild.ops.environment import run_environment
from guild.ops.plan import Plan
from guild.ops.stage import stage
from guild.run import Run
from guild.runs.store import RunStore


def trial_id(batch_id: str, number: int) -> str:
    """The id of trial `number` (from 0) of a batch: the same for whoever makes it."""
    return hashlib.md5(f"{batch_id}/{number}".encode(), usedforsecurity=False).hexdigest()


def is_done(run: Run) -> bool:
    """Whether `run` has a result: it ended by itself, well or not. One that was asked to
    stop, or whose supervisor was killed, has none."""
    status = run.get("exit_status")
    return isinstance(status, int) and status != -signal.SIGTERM


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
        template = batch.operation.opdef.label
        tags, comments = proto.get("tags"), proto.get("comments")
        seed = proto.get("random_seed")
        self._base = Plan(
            operation=batch.operation,
            flags={},
            user_flags={},
            cmd=(),
            env={},
            label_template=template,
            label="",
            tags=tuple(tags) if isinstance(tags, list) else (),
            comment=comments[0].get("body") if isinstance(comments, list) and comments else None,
            random_seed=seed if isinstance(seed, int) else 0,
            source_run=proto,
            attrs=dict(batch.operation.opdef.run_attrs),
            params=_mapping(proto.get("run_params")),
        )
        self._asked = set(_mapping(proto.get("user_flags")))
        self._proto_env = _mapping(proto.get("env"))

    def plan(self, flags: Mapping[str, Any]) -> Plan:
        """The plan of a trial with `flags`. Raises GuildError."""
        defs = self._batch.operation.flags
        flags = dict(sorted(flags.items()))
        template = self._batch.operation.command
        return self._base._replace(
            flags=flags,
            user_flags={name: flags[name] for name in flags if name in self._asked},
            cmd=tuple(command.build(template, flags, defs)),
            env={**self._asked_env(), **command.environment(template, flags, defs)},
            label=label.render(self._base.label_template, flags, defs),
        )

    def _asked_env(self) -> dict[str, str]:
        """What options of `run` set for the batch holds for each trial."""
        names = ("CUDA_VISIBLE_DEVICES", "GUILD_SOURCECODE", "PDB_BREAKS", "BREAK_ON_ERROR")
        return {name: self._proto_env[name] for name in names if name in self._proto_env}

    def make(self, number: int, flags: Mapping[str, Any]) -> Run:
        """The run of trial `number`, staged and linked in the batch.

        It appears whole or not at all. Raises GuildError where it cannot be written.
        """
        run = self._store.get(trial_id(self._batch.run.id, number))
        stage(
            self.plan(flags),
            run,
            environ=self._environ,
            home=self._store.home,
            cwd=self._cwd,
            marker=self._marker,
        )
        self.link(run)
        return run

    def link(self, run: Run) -> None:
        """Link `run` in the batch's directory."""
        path = Path(self._batch.run.path, run.id)
        if not path.is_symlink():
            path.symlink_to(run.path)

    def environment(self, run: Run, flags: Mapping[str, Any]) -> dict[str, str]:
        """The environment to start `run` with, secrets included."""
        return run_environment(
            self.plan(flags), run, environ=self._environ, home=self._store.home, cwd=self._cwd
        ).whole


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
