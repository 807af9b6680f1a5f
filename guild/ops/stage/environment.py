"""The environment variables of a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from guild.base import secrets
from guild.base.named_tuple import NamedTuple
from guild.context import Context
from guild.ops.plan.plan import Plan
from guild.run import Run

if TYPE_CHECKING:
    pass


class RunEnvironment(NamedTuple):
    """The variables of a run.

    Attributes:
        public: all variables except those that the operation names as secrets.
        flags: those of flags. They are recorded anyway, and a later start reads them here.
        full: all variables, to start the run with.
    """

    public: dict[str, str]
    flags: dict[str, str]
    full: dict[str, str]

    @property
    def recorded(self) -> dict[str, str]:
        """Return the variables that the run records; secrets are excluded."""
        return {**secrets.public_environ(self.public), **self.flags}


def run_environment(plan: Plan, run: Run, ctx: Context) -> RunEnvironment:
    """Return the environment of `run`.

    It consists of the caller's environment and the variables of Guild, the operation and its
    flags. Raises GuildError for secrets that cannot be read.
    """
    opdef = plan.operation.opdef
    own = _own_environment(plan, run, ctx)
    secret: dict[str, str] = {}
    if opdef.env_secrets:
        from guild.ops.stage.env_secrets import secret_environment

        # Variables that the operation sets can be secrets, too.
        secret = secret_environment(
            opdef.env_secrets, plan.operation.project_dir, {**ctx.environ, **plan.env}
        )
    public = {name: value for name, value in {**ctx.environ, **own}.items() if name not in secret}
    flags = {name: value for name, value in own.items() if name.startswith("FLAG_")}
    return RunEnvironment(public, flags, full={**ctx.environ, **own, **secret})


def _own_environment(plan: Plan, run: Run, ctx: Context) -> dict[str, str]:
    dest = plan.operation.sourcecode.dest or "."
    own = {
        "RUN_DIR": run.path,
        "RUN_ID": run.id,
        "GUILD_HOME": str(ctx.home),
        "GUILD_OP": plan.operation.name,
        "GUILD_SOURCECODE": dest,
        "PROJECT_DIR": str(plan.operation.project_dir),
        "CMD_DIR": str(ctx.cwd),
        "LOG_LEVEL": ctx.environ.get("LOG_LEVEL", "20"),
        "FLAGS_DEST": plan.operation.command.flags_dest,
    }
    if plan.operation.opdef.python_path:
        folders = [_python_folder(plan, run, path) for path in plan.operation.opdef.python_path]
        inherited = ctx.environ.get("PYTHONPATH")
        own["PYTHONPATH"] = os.pathsep.join([*folders, *([inherited] if inherited else [])])
    return {**own, **plan.env}


def _python_folder(plan: Plan, run: Run, path: str) -> str:
    """Return a directory of `python-path`: its copy in the run if it is in the source root."""
    full = os.path.normpath(os.path.join(plan.operation.source_root, os.path.expanduser(path)))
    inside = os.path.relpath(full, plan.operation.source_root)
    if inside.startswith(".."):
        return full
    return os.path.normpath(os.path.join(run.path, plan.operation.sourcecode.dest or ".", inside))
