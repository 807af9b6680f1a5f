"""Attributes that a run gets when it is staged."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping
from typing import Any

from guild.base import clock
from guild.context import Context
from guild.ops.define.operation import to_record
from guild.ops.plan.plan import Plan
from guild.ops.stage.environment_info import machine, packages
from guild.ops.stage.environment_info.vcs import vcs_commit
from guild.run import Run


def run_attributes(
    plan: Plan,
    run: Run,
    ctx: Context,
    *,
    env: Mapping[str, str],
    digest: str | None,
    excluded: Container[str] = (),
) -> dict[str, Any]:
    """Return the attributes of `run`, except those `excluded` by name, which are not computed.

    `env` is the environment to record, `digest` the digest of the source code.
    """
    operation, opdef = plan.operation, plan.operation.opdef
    attrs: dict[str, Any] = {
        "cmd": list(plan.cmd),
        "deps": {},
        "env": dict(env),
        "flags": plan.flags,
        "id": run.id,
        "initialized": clock.timestamp(),
        "plugins": ["python_script"] if operation.kind == "python" else [],
        "random_seed": plan.random_seed,
        "run_params": plan.params,
        **({} if operation.steps is None else {"steps": list(operation.steps)}),
        "user_flags": plan.user_flags,
        **plan.attrs,
    }
    optional: dict[str, Any] = {
        "label": plan.label or None,
        "sourcecode_digest": digest,
        "opdef_attrs": dict(plan.attrs) or None,
        "tags": list(plan.tags) or None,
        "comments": [new_comment(plan.comment)] if plan.comment else None,
        "vcs_commit": _vcs_commit(plan, ctx),
        "objective": opdef.objective or None,
        "compare": None if opdef.compare is None else list(opdef.compare),
    }
    attrs |= {name: value for name, value in optional.items() if value is not None}
    for name, compute in _slow_attributes(plan, ctx).items():
        if name not in excluded and name not in plan.attrs:
            attrs[name] = compute()
    return {name: value for name, value in attrs.items() if name not in excluded}


def _vcs_commit(plan: Plan, ctx: Context) -> str | None:
    if plan.source_run or _is_on(ctx, "NO_VCS_COMMIT"):
        return None
    return vcs_commit(plan.operation.project_dir, ctx.environ)


def _is_on(ctx: Context, switch: str) -> bool:
    return ctx.environ.get(switch) == "1"


def _slow_attributes(plan: Plan, ctx: Context) -> dict[str, Callable[[], Any]]:
    """Return functions for the attributes that take a while to compute."""
    attrs: dict[str, Callable[[], Any]] = {
        "host": machine.host,
        "op": lambda: to_record(plan.operation, plan.label_template, plan.flags),
        "platform": machine.platform_info,
        "user": machine.user,
    }
    runs_python = plan.operation.kind in ("python", "notebook")
    is_wanted = plan.operation.opdef.pip_freeze is not False and not _is_on(ctx, "NO_PIP_FREEZE")
    if runs_python and is_wanted:
        attrs["pip_freeze"] = lambda: packages.installed_packages(
            cache_dir=os.path.join(ctx.home, "cache", "packages")
        )
    return attrs


def new_comment(body: str, user: str | None = None, host: str | None = None) -> dict[str, Any]:
    """Return a comment in the form of the attribute `comments`, by default of the current user."""
    return {
        "body": body,
        "host": machine.host() if host is None else host,
        "time": clock.timestamp(),
        "user": machine.user() if user is None else user,
    }
