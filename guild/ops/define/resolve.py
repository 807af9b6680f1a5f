"""Operations by name: those of the guild.yml, then files and modules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.base.text import nearest
from guild.context import Context
from guild.extend.operation_kind import OPERATION_KINDS, OperationKind, kind_of
from guild.flags.flagdef import FlagDef
from guild.guildfile import find
from guild.guildfile.opdef import OpDef
from guild.opref import OpRef
from guild.ops.define.operation import Operation, from_record
from guild.run import Run

if TYPE_CHECKING:  # a project may have no guild.yml
    from guild.guildfile.types import Guildfile

_SCRIPTS = (".py", ".ipynb")


def resolve(opspec: str | None, ctx: Context) -> Operation:
    """Return the operation that `opspec` names in the current directory of `ctx`.

    It is an operation of the guild.yml there, a file or module that some operation kind
    runs, or an unambiguous prefix of an operation's name. None is the default operation.
    Raises GuildError for an unknown name, with the nearest known one.
    """
    return find_operation(opspec, load_project(ctx.cwd), ctx)


def find_operation(opspec: str | None, guildfile: Guildfile | None, ctx: Context) -> Operation:
    """Return the operation that `opspec` names in `guildfile` or the current directory, as
    `resolve` does."""
    if opspec is None:
        if guildfile is None or guildfile.default_operation is None:
            raise GuildError(
                "cannot find a default operation - name one, 'guild operations' lists them"
            )
        return _from_opdef(guildfile.default_operation, guildfile, ctx)
    opdef = guildfile.find_operation(opspec) if guildfile else None
    if opdef is not None and guildfile is not None:
        return _from_opdef(opdef, guildfile, ctx)
    operation = from_file(opspec, ctx)
    if operation is not None:
        return operation
    opdef = _find_by_prefix(opspec, guildfile) if guildfile else None
    if opdef is not None and guildfile is not None:
        return _from_opdef(opdef, guildfile, ctx)
    if opspec == "queue":
        from guild.ops.define.queue_operation import queue_operation

        return queue_operation(ctx)
    raise _not_found(opspec, guildfile, ctx.cwd)


def load_project(cwd: Path) -> Guildfile | None:
    """Load the guild.yml of the directory `cwd`; None without one. Raises GuildError."""
    path = find.find_guildfile(cwd)
    if path is None:
        return None
    from guild.guildfile import load

    return load.load_guildfile(path)


def operation_of_run(run: Run) -> Operation:
    """Return the operation that `run` records; its project need not exist any more.

    Raises GuildError if the run has no such record or its flags cannot be read.
    """
    record, opref = run.get("op"), run.opref
    if not isinstance(record, dict) or opref is None:
        raise GuildError(
            f"run {run.short_id} does not record its operation; specify one: "
            f"'guild run OPERATION --proto {run.short_id}'"
        )
    steps = run.get("steps")
    operation = from_record(
        record,
        opref,
        _recorded_flags(run),
        tuple(steps) if isinstance(steps, list) else None,
        Path(run.path),
    )
    return _with_secret_variables(operation) if operation.opdef.env_secrets else operation


def _with_secret_variables(operation: Operation) -> Operation:
    """Return the operation of a run with the secret variables that the project's guild.yml sets.

    No run records them. Without the project they are those of the caller's environment.
    """
    try:
        guildfile = load_project(operation.project_dir)
    except GuildError:
        return operation
    opdef = guildfile.find_operation(operation.name) if guildfile else None
    secrets = operation.opdef.env_secrets or ()
    env = {name: text for name, text in (opdef.env if opdef else {}).items() if name in secrets}
    return operation._replace(
        command=operation.command._replace(env={**operation.command.env, **env})
    )


def _recorded_flags(run: Run) -> dict[str, Any]:
    """Return the flags of `run`. Raises GuildError if they are damaged: a run must not be
    repeated without them."""
    flags, path = run.get("flags"), run.guild_path("attrs", "flags")
    if isinstance(flags, dict):
        return flags
    if os.path.lexists(path):
        raise GuildError(f"cannot read the flags of run {run.short_id} ({path})")
    return {}


# -- Names


def _find_by_prefix(opspec: str, guildfile: Guildfile) -> OpDef | None:
    matches = [
        op
        for op in guildfile.operations
        if op.full_name.startswith(opspec) or op.name.startswith(opspec)
    ]
    return matches[0] if len(matches) == 1 else None


def _not_found(opspec: str, guildfile: Guildfile | None, cwd: Path) -> GuildError:
    operations = guildfile.operations if guildfile else ()
    same = sorted(op.full_name for op in operations if op.name == opspec)
    if same:
        return GuildError(
            f"operation '{opspec}' is defined by several models; use one of {', '.join(same)}"
        )
    if opspec.endswith(_SCRIPTS):
        near = _nearest_script(opspec, cwd)
    else:
        near = nearest(opspec, [name for op in operations for name in (op.full_name, op.name)])
    # Guild AI 0.9 wording, except for the name that is probably meant.
    hint = f"; did you mean '{near}'?" if near else ""
    return GuildError(
        f"operation '{opspec}' is not defined for this project{hint}\n"
        "Try 'guild operations' for a list of available operations."
    )


def _nearest_script(name: str, cwd: Path) -> str | None:
    """Return the script in `cwd` with the name most like `name`; extensions, which all
    scripts share, do not count."""
    scripts = {
        os.path.splitext(file)[0]: file for file in os.listdir(cwd) if file.endswith(_SCRIPTS)
    }
    near = nearest(os.path.splitext(name)[0], scripts)
    return scripts[near] if near else None


# -- Operations


def _from_opdef(opdef: OpDef, guildfile: Guildfile, ctx: Context) -> Operation:
    if opdef.errors:
        raise GuildError(opdef.errors[0])
    project_dir = guildfile.path.parent
    root = opdef.sourcecode.root if opdef.sourcecode else None
    source_root = Path(
        os.path.normpath(project_dir / os.path.expanduser(root)) if root else project_dir
    )
    if (opdef.flags_dest or "").startswith("config:"):
        opdef = _with_config_file(opdef, project_dir)
    kind = kind_of(opdef, source_root)
    opref = OpRef("guildfile", str(guildfile.path), guildfile.digest, opdef.model, opdef.name)
    operation = _define(kind, opref, opdef, project_dir, source_root, ctx)
    opdef = operation.opdef
    if opdef.steps is not None:
        from guild.ops.define.step_operations import complete_steps_operation

        opdef = complete_steps_operation(opdef, guildfile)
    if opdef.default_flag_arg_skip:
        opdef = opdef._replace(flags=_skip_by_default(opdef.flags))
    source_warnings: tuple[str, ...] = ()
    if opdef.requires:
        from guild.ops.define.source_flags import add_source_flags

        flags, source_warnings = add_source_flags(opdef)
        opdef = opdef._replace(flags=flags)
    return operation._replace(
        opdef=opdef,
        warnings=(
            *guildfile.warnings,
            *opdef.warnings,
            *operation.warnings,
            *_unsupported(opdef, kind),
            *source_warnings,
        ),
        steps=None if opdef.steps is None else tuple(step.record for step in opdef.steps),
    )


def from_file(opspec: str, ctx: Context) -> Operation | None:
    """Return the operation for a script, a notebook, a module or an executable file; None if
    no operation kind runs `opspec`."""
    for kind in OPERATION_KINDS.all():
        file = kind.find(opspec, ctx.cwd)
        if file is not None:
            opref = OpRef("script", str(file.folder), "", "", file.opdef.name)
            return _define(kind, opref, file.opdef, file.root, file.root, ctx)
    return None


def _define(
    kind: OperationKind,
    opref: OpRef,
    opdef: OpDef,
    project_dir: Path,
    source_root: Path,
    ctx: Context,
) -> Operation:
    definition = kind.define(opdef, source_root, ctx)
    command = definition.command
    if (opdef.flags_dest or "").startswith("config:"):
        command = command._replace(flags_dest=opdef.flags_dest or "")
    return Operation(
        opref=opref,
        kind=kind.name,
        opdef=opdef._replace(flags=definition.flags),
        command=command,
        project_dir=project_dir,
        source_root=source_root,
        warnings=definition.warnings,
    )


def _with_config_file(opdef: OpDef, project_dir: Path) -> OpDef:
    """Return `opdef` with its config file as a requirement, and with the flags of that file.

    They are completed by those of the guild.yml.
    """
    from guild.extend.operation_files import complete_flags
    from guild.ops.define.config_file.config_flags import (
        config_path,
        read_config_flags,
        with_config_file,
    )

    dest = opdef.flags_dest or ""
    opdef = opdef._replace(requires=with_config_file(opdef.requires, dest))
    path = config_path(dest)
    if path is None or not opdef.flags_import:
        return opdef
    in_file = read_config_flags(project_dir, path)
    renamed = {
        name: in_file[flag.arg_name]._replace(name=name)
        for name, flag in opdef.flags.items()
        if flag.arg_name in in_file
    }
    for flag in opdef.flags.values():
        in_file.pop(flag.arg_name or "", None)
    return opdef._replace(flags=complete_flags(opdef, {**in_file, **renamed}))


def _skip_by_default(flags: Mapping[str, FlagDef]) -> dict[str, FlagDef]:
    """Return `flags` with `arg-skip`, except those that set it themselves."""
    return {
        name: flag._replace(arg_skip=True) if flag.arg_skip is None else flag
        for name, flag in flags.items()
    }


def _unsupported(opdef: OpDef, kind: OperationKind) -> list[str]:
    """Return a warning for each setting of the operation that has no effect."""
    where = f"{opdef.location}: operation '{opdef.full_name}'"
    warnings = []
    if opdef.flag_encoder is not None:
        warnings.append(f"{where}: this version of Guild does not support 'flag-encoder'")
    if opdef.flags_import_exec:
        from guild.plugins.kinds.python import takes_arguments

        if kind.name != "python" or not takes_arguments(opdef):
            warnings.append(
                f"{where}: 'flags-import-exec' applies only to the arguments of a Python script"
            )
    return warnings
