"""Staging of a run: its directory is written from a plan, ready to be started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guild.base import files
from guild.base.errors import GuildError
from guild.context import Context
from guild.opref import OpRef
from guild.ops.plan.plan import Plan
from guild.ops.stage.attributes import run_attributes
from guild.ops.stage.environment import run_environment
from guild.ops.stage.source_files import copy_sourcecode
from guild.run import Run

if TYPE_CHECKING:
    pass


def stage_run(
    plan: Plan,
    run: Run,
    ctx: Context,
    *,
    marker: str = "PENDING",
    shared_attrs: Mapping[str, bytes] | None = None,
    is_proto: bool = False,
) -> dict[str, str]:
    """Write the directory of `run` from `plan` and return the environment to start it with.

    `marker` is the file that records the state until the start: `PENDING` for a run that starts
    right away, `STAGED` for one that starts later. `shared_attrs` maps attribute names to the
    content of their files; these attributes are not computed again. The prototype of a batch
    (`is_proto`) is never started, so only its config files are written.

    Raises GuildError if the directory cannot be written or a dependency is not met.
    """
    shared_attrs = shared_attrs or {}
    with new_run_directory(run) as staged:
        _create_guild_dir(staged, marker)
        digest = copy_sourcecode(plan, staged, ctx)
        env = run_environment(plan, run, ctx)
        write_opref(staged, plan.operation.opref)
        attrs = run_attributes(
            plan, run, ctx, env=env.recorded, digest=digest, excluded=shared_attrs
        )
        _write_attributes(staged, attrs, shared_attrs)
        if plan.operation.opdef.requires and is_proto:
            from guild.ops.stage.dependencies.resolution import write_configs

            write_configs(plan, staged, ctx)
        elif plan.operation.opdef.requires:
            write_dependencies(plan, run, staged, ctx, is_staging=marker == "STAGED")
        if marker == "STAGED":
            _prepare_later_start(staged, env.recorded)
    return env.full


@contextmanager
def new_run_directory(run: Run) -> Iterator[Run]:
    """Yield a run to write to in place of `run`; its directory is renamed to that of `run` last.

    If anything fails, nothing of it stays. An existing run directory is written to directly.
    Raises GuildError for an OSError in the body.
    """
    temp = run
    try:
        if os.path.lexists(run.path):
            yield run
            return
        parent, name = os.path.split(run.path)
        os.makedirs(parent, exist_ok=True)
        temp = Run(run.id, os.path.join(parent, f".{name}.new"))
        _remove(temp)  # left by a process that was killed here
        yield temp
        os.rename(temp.path, run.path)
    except OSError as error:
        raise GuildError(
            f"cannot write run {run.short_id}: {error.strerror} ({error.filename or run.path}); "
            f"run 'guild check' to see where Guild keeps its runs"
        ) from None
    finally:
        if temp is not run:
            _remove(temp)


def _remove(run: Run) -> None:
    if os.path.lexists(run.path):
        import shutil  # slow to import, and only needed after a failure

        shutil.rmtree(run.path, ignore_errors=True)


def _create_guild_dir(run: Run, marker: str) -> None:
    os.makedirs(run.guild_path("attrs"), exist_ok=True)
    with open(run.guild_path(marker), "ab"):
        pass


def write_opref(run: Run, opref: OpRef) -> None:
    """Record the operation that `run` is a run of. Raises OSError."""
    data = str(opref).encode("utf-8", "surrogateescape")
    files.write_atomic(run.guild_path("opref"), data)


def _write_attributes(
    run: Run, attrs: Mapping[str, object], shared_attrs: Mapping[str, bytes]
) -> None:
    for name, value in attrs.items():
        run.set(name, value)
    for name, data in shared_attrs.items():
        files.write_atomic(run.guild_path("attrs", name), data)


def write_dependencies(
    plan: Plan,
    run: Run,
    staged: Run,
    ctx: Context,
    *,
    is_staging: bool = False,
    flags_changed: bool = False,
) -> None:
    """Put the dependencies of the operation into `staged`, the directory of `run`, and record them.

    With `is_staging`, a dependency on a run is left for the start. With
    `flags_changed`, config files are written again.
    Raises GuildError for a dependency that is not met, and OSError.
    """
    from guild.ops.stage.dependencies.resolution import resolve_dependencies

    deps = resolve_dependencies(
        plan, run, staged, ctx, is_staging=is_staging, flags_changed=flags_changed
    )
    staged.set("deps", deps)


def _prepare_later_start(run: Run, env: Mapping[str, str]) -> None:
    """Write what a run needs that waits for its start: `.guild/ENV`, to start it by hand."""
    import shlex

    run.set("started", run.get("initialized"))  # Guild AI 0.9 sorts its list by this attribute
    lines = [
        f"export {name}={shlex.quote(env[name])}\n" for name in sorted(env) if name.isidentifier()
    ]
    data = "".join(lines).encode("utf-8", "surrogateescape")
    files.write_atomic(run.guild_path("ENV"), data)
