"""The plan of one run: everything is decided, and nothing is on disk."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base import log
from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.context import Context
from guild.flags.arguments import join_values, split_value
from guild.flags.flagdef import FlagDef
from guild.ops.define.command import build_command, command_environment
from guild.ops.define.operation import Operation, output_rules_record
from guild.ops.plan import label
from guild.ops.plan.assignments import Assigned, assign_values, untouched_flags
from guild.ops.plan.request import RunRequest
from guild.run import Run

if TYPE_CHECKING:
    from guild.extend.source import Scope


class Plan(NamedTuple):
    """The plan of one run.

    Attributes:
        operation: the operation to run.
        flags: a value for every flag.
        user_flags: those that the request sets.
        cmd: the words of the command, with all flags; see `start_command`.
        env: the variables that the operation and its flags add to the environment.
        label_template, label: the label with references to flags, and with their values.
        tags, comment: for the run.
        random_seed: of the run, 32 bits.
        source_run: a run whose source code is used; None for the project's.
        attrs: the operation's own attributes (`run-attrs`).
        params: the options as the user gave them, which the run records.
    """

    operation: Operation
    flags: dict[str, Any]
    user_flags: dict[str, Any]
    cmd: tuple[str, ...]
    env: dict[str, str]
    label_template: str | None
    label: str
    tags: tuple[str, ...]
    comment: str | None
    random_seed: int
    source_run: Run | None
    attrs: dict[str, Any]
    params: dict[str, Any]

    @property
    def force_deps(self) -> bool:
        """Check whether the run starts even if a requirement is missing."""
        return bool(self.params.get("force_deps"))


def assign_flags(request: RunRequest, operation: Operation, ctx: Context) -> Assigned:
    """Return the flag values of `operation` for `request`.

    Flags that choose required runs get the ids of runs. Raises GuildError as `assign_values` does.
    """
    assigned = assign_values(
        operation.flags,
        request.assignments,
        request.values,
        base=request.base,
        base_varies=request.base_varies,
        force=request.force_flags,
        operation=operation.name,
        given_later=request.batch.common_flags(),
    )
    assigned = _with_absolute_paths(assigned, operation)
    if not operation.opdef.requires:
        return assigned
    from guild.ops.define.source_flags import choose_sources

    chosen = choose_sources(assigned.flags, operation.opdef.requires, _scope(request, ctx))
    user_flags = {name: chosen[name] for name in assigned.user_flags}
    return assigned._replace(flags=chosen, user_flags=user_flags)


def warn_of_missing_runs(
    request: RunRequest, operation: Operation, assigned: Assigned, ctx: Context
) -> None:
    """Warn about each required run that `assigned` does not have."""
    if not operation.opdef.requires:
        return
    from guild.ops.define.source_flags import unavailable_sources

    scope = _scope(request, ctx)
    for name in unavailable_sources(assigned.flags, operation.opdef.requires, scope):
        # Guild AI 0.9 wording
        log.warning(f"cannot find a suitable run for required resource '{name}'")


def _scope(request: RunRequest, ctx: Context) -> "Scope":
    from guild.extend.source import Scope

    visible = request.step.visible_ids() if request.step else None
    return Scope(ctx.home, visible, request.is_staging, ctx.cwd)


def _with_absolute_paths(assigned: Assigned, operation: Operation) -> Assigned:
    """Return the flags with absolute paths, which are valid in the run directory too."""

    def absolute(value: str, flag: FlagDef) -> str:
        if flag.arg_split:
            parts = [absolute(part, flag._replace(arg_split=None)) for part in _parts(value, flag)]
            return join_values(parts, flag)
        return os.path.normpath(operation.project_dir / value)

    paths = {
        name: absolute(value, operation.flags[name])
        for name, value in assigned.flags.items()
        if name in operation.flags
        and operation.flags[name].type in ("path", "existing-path")
        and isinstance(value, str)
        and value
    }
    user_paths = {name: path for name, path in paths.items() if name in assigned.user_flags}
    return assigned._replace(
        flags={**assigned.flags, **paths}, user_flags={**assigned.user_flags, **user_paths}
    )


def _parts(value: str, flag: FlagDef) -> list[str]:
    return [os.path.expanduser(part) for part in split_value(value, flag)]


def plan_run(request: RunRequest, operation: Operation, assigned: Assigned) -> Plan:
    """Plan one run of `operation` with the flag values of `assigned`.

    Raises GuildError if the command or the label refers to an unknown flag, and for an
    operation that this Python cannot run or that has invalid output patterns.
    """
    proto = request.proto
    opdef = operation.opdef
    if opdef.python_requires:
        from guild.ops.plan import python_requires

        python_requires.check_python_version(opdef.python_requires, operation.name)
    if opdef.output_scalars or opdef.output_attrs:
        check_output_patterns(operation)
    flags = dict(sorted(assigned.flags.items()))
    untouched = untouched_flags(flags, operation.flags, assigned.user_flags)
    operation = operation.with_own_defaults(untouched)
    operation_label = opdef.label
    if proto is not None and operation_label is None:
        operation_label = _recorded_template(proto)
    template = label.label_template(request.label, request.tags, operation_label)
    return Plan(
        operation=operation,
        flags=flags,
        user_flags=assigned.user_flags,
        cmd=tuple(build_command(operation.command, flags, operation.flags)),
        env={
            **command_environment(operation.command, flags, operation.flags),
            **_option_variables(request, operation),
        },
        label_template=template,
        label=label.render_label(template, flags, operation.flags),
        tags=(*request.tags, *(tag for tag in opdef.tags if tag not in request.tags)),
        comment=request.comment,
        random_seed=_random_seed(request),
        source_run=proto if proto is not None and not request.force_sourcecode else None,
        attrs=dict(opdef.run_attrs),
        params={**request.params, **_effective_params(request)},
    )


def check_output_patterns(operation: Operation) -> None:
    """Raise GuildError for an invalid pattern of `output-scalars` or `output-attrs`."""
    from guild.scalars.output_patterns import ATTRS, compile_patterns

    opdef = operation.opdef
    try:
        compile_patterns(output_rules_record(opdef.output_scalars) or [])
        compile_patterns(output_rules_record(opdef.output_attrs) or [], ATTRS)
    except GuildError as error:
        where = f"{opdef.location}: " if opdef.location else ""
        raise GuildError(f"{where}operation '{operation.name}': {error}") from None


def _recorded_template(proto: Run) -> str | None:
    record = proto.get("op")
    template = record.get("label-template") if isinstance(record, dict) else None
    return template if isinstance(template, str) else None


def _option_variables(request: RunRequest, operation: Operation) -> dict[str, str]:
    """Return the variables that options of the request set."""
    env = {}
    gpus = request.gpus if request.gpus is not None else _recorded_gpus(request.restart)
    if gpus is not None:
        env["CUDA_VISIBLE_DEVICES"] = gpus
    if request.breakpoints or request.break_on_error:
        if operation.kind != "python":
            raise GuildError(
                "--break and --break-on-error apply only to Python operations; "
                f"{operation.name} is not one"
            )
        env.update(_debugger_env(request))
    if request.debug_sourcecode is not None:
        path = Path(os.path.abspath(request.debug_sourcecode))
        if not path.is_dir():
            raise GuildError(f"--debug-sourcecode: directory '{path}' does not exist")
        env["GUILD_SOURCECODE"] = str(path)
    return env


def _effective_params(request: RunRequest) -> dict[str, Any]:
    """Return the recorded options that a later start of the run needs."""
    params: dict[str, Any] = {"force_deps": True} if request.force_deps else {}
    if request.gpus is not None:
        params.update(gpus=request.gpus or None, no_gpus=not request.gpus)
    return params


def _recorded_gpus(run: Run | None) -> str | None:
    """Return the GPUs that `run` was staged or first started with; None if it may use all."""
    params = run.get("run_params") if run else None
    if not isinstance(params, dict):
        return None
    if params.get("no_gpus"):
        return ""
    return None if params.get("gpus") is None else str(params["gpus"])


def _debugger_env(request: RunRequest) -> Mapping[str, str]:
    import shlex

    env = {}
    if request.breakpoints:
        env["PDB_BREAKS"] = shlex.join(request.breakpoints)
    if request.break_on_error:
        env["BREAK_ON_ERROR"] = "1"
    return env


def _random_seed(request: RunRequest) -> int:
    if request.random_seed is not None:
        return request.random_seed
    recorded = request.proto.get("random_seed") if request.proto else None
    return recorded if isinstance(recorded, int) else int.from_bytes(os.urandom(4), "big")
