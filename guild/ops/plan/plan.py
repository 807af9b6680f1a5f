"""The whole recipe of one run, decided and frozen; nothing is on disk yet."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.ops.define.command import build_command, command_environment
from guild.ops.define.operation import Operation, output_rules_record
from guild.ops.plan import label
from guild.ops.plan.assignments import Assigned, assign
from guild.ops.plan.request import RunRequest
from guild.run import Run


class Plan(NamedTuple):
    """What will be done.

    Attributes:
        operation: what is run.
        flags: a value for every flag.
        user_flags: those that were asked for.
        cmd: the words of the command.
        env: the variables that the operation and its flags add to the environment.
        label_template, label: how the label is made, and the label.
        tags, comment: for the run.
        random_seed: of the run, 32 bits.
        source_run: a run whose source code is used; None for the project's.
        attrs: what the operation has recorded as attributes of its own.
        params: the options as they were given, for the record.
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
        """Go on where something that is required cannot be had."""
        return bool(self.params.get("force_deps"))


def assigned_flags(request: RunRequest, operation: Operation, home: Path) -> Assigned:
    """The flags that `request` gives `operation`; lists and ranges among them make a batch.

    Those that choose runs it requires have the ids of runs in `home`.
    Raises GuildError as `assign` does, and for a run that does not exist.
    """
    assigned = assign(
        operation.flags,
        request.assignments,
        request.values,
        base=request.base,
        base_varies=request.base_varies,
        force=request.force_flags,
        operation=operation.name,
    )
    assigned = _with_whole_paths(assigned, operation)
    if not operation.opdef.requires:
        return assigned
    from guild.ops.define.source_flags import choose_sources

    visible = request.step.visible() if request.step else None
    chosen = choose_sources(assigned.flags, operation.opdef.requires, home, visible)
    user_flags = {name: chosen[name] for name in assigned.user_flags}
    return assigned._replace(flags=chosen, user_flags=user_flags)


def _with_whole_paths(assigned: Assigned, operation: Operation) -> Assigned:
    """Paths among the flags as they are seen from the run directory: from the root."""
    paths = {
        name: os.path.normpath(operation.project_dir / value)
        for name, value in assigned.flags.items()
        if name in operation.flags
        and operation.flags[name].type in ("path", "existing-path")
        and isinstance(value, str)
        and value
    }
    asked = {name: path for name, path in paths.items() if name in assigned.user_flags}
    return assigned._replace(
        flags={**assigned.flags, **paths}, user_flags={**assigned.user_flags, **asked}
    )


def plan(request: RunRequest, operation: Operation, assigned: Assigned) -> Plan:
    """The plan for one run of `operation` with the flag values of `assigned`.

    Raises GuildError where the command or the label refers to what does not exist, and for an
    operation that this Python cannot run or whose patterns of output are none.
    """
    proto = request.proto
    opdef = operation.opdef
    if opdef.python_requires:
        from guild.ops.plan import python_requires

        python_requires.check(opdef.python_requires, operation.name)
    if opdef.output_scalars or opdef.output_attrs:
        check_output_patterns(operation)
    flags = dict(sorted(assigned.flags.items()))
    own_label = opdef.label
    if proto is not None and own_label is None:
        own_label = _recorded_template(proto)
    template = label.template(request.label, request.tags, own_label)
    return Plan(
        operation=operation,
        flags=flags,
        user_flags=assigned.user_flags,
        cmd=tuple(build_command(operation.command, flags, operation.flags)),
        env={
            **command_environment(operation.command, flags, operation.flags),
            **_asked_env(request, operation),
        },
        label_template=template,
        label=label.render(template, flags, operation.flags),
        tags=(*request.tags, *(tag for tag in opdef.tags if tag not in request.tags)),
        comment=request.comment,
        random_seed=_random_seed(request),
        source_run=proto if proto is not None and not request.force_sourcecode else None,
        attrs=dict(opdef.run_attrs),
        params={**request.params, **({"force_deps": True} if request.force_deps else {})},
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


def _asked_env(request: RunRequest, operation: Operation) -> dict[str, str]:
    """Variables that options of `run` set."""
    env = {}
    if request.gpus is not None:
        env["CUDA_VISIBLE_DEVICES"] = request.gpus
    if request.breakpoints or request.break_on_error:
        if operation.kind != "python":
            raise GuildError(
                f"--break and --break-on-error are for Python operations, {operation.name} is none"
            )
        env.update(_debugger_env(request))
    if request.debug_sourcecode is not None:
        path = Path(os.path.abspath(request.debug_sourcecode))
        if not path.is_dir():
            raise GuildError(f"--debug-sourcecode: there is no folder {str(path)!r}")
        env["GUILD_SOURCECODE"] = str(path)
    return env


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
