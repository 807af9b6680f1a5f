"""From a name to an operation: guild.yml first, then what kind of file it may be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.base.text import nearest
from guild.flags.flagdef import FlagDef
from guild.guildfile import find
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.guildfile.types import Guildfile
from guild.opref import OpRef
from guild.ops.define import command
from guild.ops.define.command import CommandTemplate
from guild.ops.define.operation import Operation, from_record
from guild.ops.define.python_main import script_path
from guild.run import Run

if TYPE_CHECKING:
    from guild.plugins.python_flags import Execution

_SCRIPTS = (".py", ".ipynb")


def resolve(opspec: str | None, cwd: Path, cache_dir: Path) -> Operation:
    """The operation that `opspec` names in the folder `cwd`.

    It is an operation of the guild.yml there, a Python script, a notebook, a Python module
    in dotted form, or an executable file. None is the guild.yml's default operation.
    Flags are found in its source without executing any, and remembered in `cache_dir`.
    Raises GuildError for one that does not exist, with the nearest name.
    """
    guildfile = project(cwd)
    if opspec is None:
        return _from_opdef(_default(guildfile), _require(guildfile), cache_dir)
    opdef = guildfile.find_operation(opspec) if guildfile else None
    if opdef is not None:
        return _from_opdef(opdef, _require(guildfile), cache_dir)
    script = from_file(opspec, cwd, cache_dir)
    if script is not None:
        return script
    prefixed = _by_prefix(opspec, guildfile) if guildfile else None
    if prefixed is not None:
        return _from_opdef(prefixed, _require(guildfile), cache_dir)
    raise _not_found(opspec, guildfile, cwd)


def project(cwd: Path) -> Guildfile | None:
    """The guild.yml of the folder `cwd`; None without one. Raises GuildError."""
    path = find.find_guildfile(cwd)
    if path is None:
        return None
    from guild.guildfile import load

    return load.load_guildfile(path)


def of_run(run: Run) -> Operation:
    """The operation that an earlier run remembers, whether or not its project still exists.

    Raises GuildError for a run that has no record of it, or whose flags cannot be read.
    """
    record, opref = run.get("op"), run.opref
    if not isinstance(record, dict) or opref is None:
        raise GuildError(
            f"run {run.short_id} does not tell its operation - name one: "
            f"'guild run OPERATION --proto {run.short_id}'"
        )
    steps = run.get("steps")
    return from_record(
        record,
        opref,
        _flags_of(run),
        tuple(steps) if isinstance(steps, list) else None,
        Path(run.path),
    )


def _flags_of(run: Run) -> dict[str, Any]:
    """The flags of `run`; GuildError where they are damaged, for it is not to run without."""
    flags, path = run.get("flags"), run.guild_path("attrs", "flags")
    if isinstance(flags, dict):
        return flags
    if os.path.lexists(path):
        raise GuildError(f"the flags of run {run.short_id} cannot be read ({path})")
    return {}


# -- guild.yml


def _require(guildfile: Guildfile | None) -> Guildfile:
    assert guildfile is not None
    return guildfile


def _default(guildfile: Guildfile | None) -> OpDef:
    opdef = guildfile.default_operation if guildfile else None
    if opdef is None:
        raise GuildError(
            "cannot find a default operation - name one, 'guild operations' lists them"
        )
    return opdef


def _by_prefix(opspec: str, guildfile: Guildfile) -> OpDef | None:
    same = [
        op
        for op in guildfile.operations
        if op.full_name.startswith(opspec) or op.name.startswith(opspec)
    ]
    return same[0] if len(same) == 1 else None


def _not_found(opspec: str, guildfile: Guildfile | None, cwd: Path) -> GuildError:
    operations = guildfile.operations if guildfile else ()
    same = sorted(op.full_name for op in operations if op.name == opspec)
    if same:
        return GuildError(
            f"operation '{opspec}' is in several models - use one of {', '.join(same)}"
        )
    if opspec.endswith(_SCRIPTS):
        near = _near_script(opspec, cwd)
        hint = "there is no such file"
    else:
        near = nearest(opspec, [name for op in operations for name in (op.full_name, op.name)])
        hint = "'guild operations' lists what there is"
    if near:
        hint = f"did you mean '{near}'?"
    return GuildError(f"cannot find operation '{opspec}' - {hint}")


def _near_script(name: str, cwd: Path) -> str | None:
    """The script in `cwd` that was probably meant by `name`: what all have in common, the
    extension, does not make them alike."""
    scripts = {os.path.splitext(one)[0]: one for one in os.listdir(cwd) if one.endswith(_SCRIPTS)}
    near = nearest(os.path.splitext(name)[0], scripts)
    return scripts[near] if near else None


def _from_opdef(opdef: OpDef, guildfile: Guildfile, cache_dir: Path) -> Operation:
    project_dir = guildfile.path.parent
    root = opdef.sourcecode.root if opdef.sourcecode else None
    source_root = project_dir / os.path.expanduser(root) if root else project_dir
    opdef, command_, warnings = _with_command(opdef, project_dir, source_root, cache_dir)
    if opdef.steps is not None:
        from guild.ops.define.step_operations import of_steps

        opdef = of_steps(opdef, guildfile)
    if opdef.default_flag_arg_skip:
        opdef = opdef._replace(flags=_skipped(opdef.flags))
    if opdef.requires:
        from guild.ops.define.run_flags import with_run_flags

        opdef = opdef._replace(flags=with_run_flags(opdef.flags, opdef.requires))
    return Operation(
        opref=OpRef("guildfile", str(guildfile.path), guildfile.digest, opdef.model, opdef.name),
        opdef=opdef,
        command=command_,
        project_dir=project_dir,
        source_root=Path(os.path.normpath(source_root)),
        warnings=(*guildfile.warnings, *warnings, *_not_followed(opdef)),
        steps=None if opdef.steps is None else tuple(step.record for step in opdef.steps),
    )


def _not_followed(opdef: OpDef) -> list[str]:
    """What the operation asks for and does not get, a line each."""
    where = f"{opdef.location}: operation '{opdef.full_name}'"
    told = []
    if opdef.flag_encoder is not None:
        told.append(f"{where}: this version of Guild does not follow 'flag-encoder'")
    if opdef.flags_import_exec and not _has_arguments(opdef):
        told.append(f"{where}: 'flags-import-exec' is only for the arguments of a Python script")
    return told


def _has_arguments(opdef: OpDef) -> bool:
    """Whether it is a Python script whose flags are, or may be, arguments."""
    is_script = opdef.exec is None and opdef.notebook is None and opdef.steps is None
    return is_script and (opdef.flags_dest or "args").partition(":")[0] == "args"


def _skipped(flags: Mapping[str, FlagDef]) -> dict[str, FlagDef]:
    """`flags` that are no arguments, but for those that say they are."""
    return {
        name: flag._replace(arg_skip=True) if flag.arg_skip is None else flag
        for name, flag in flags.items()
    }


def _with_command(
    opdef: OpDef, project_dir: Path, source_root: Path, cache_dir: Path
) -> tuple[OpDef, CommandTemplate, tuple[str, ...]]:
    dest = opdef.flags_dest or ""
    in_config_file = dest.startswith("config:")
    if in_config_file:
        opdef = _with_config_flags(opdef, dest, project_dir)
    if opdef.exec is not None:
        template = command.from_exec(opdef.exec, opdef.env)
        return opdef, template._replace(flags_dest=dest) if in_config_file else template, ()
    if opdef.notebook is not None:
        return _with_notebook(opdef, opdef.notebook, source_root)
    if opdef.steps is not None:
        return opdef, command.from_steps(opdef.env), ()
    main = opdef.main or opdef.name
    dest, flags, warnings = _imported(opdef, main, source_root, cache_dir)
    return (
        opdef._replace(flags=flags),
        command.from_main(main, opdef.env, dest),
        warnings,
    )


def _with_notebook(
    opdef: OpDef, notebook: str, source_root: Path
) -> tuple[OpDef, CommandTemplate, tuple[str, ...]]:
    from guild.plugins.notebook import notebook_flags, with_values_in_place

    found = notebook_flags(source_root / notebook)
    merged = {name: found[name] for name in _wanted(opdef, found)}
    for name, flag in opdef.flags.items():
        merged[name] = _merge(flag, found.get(name))
    merged = with_values_in_place(merged, source_root / notebook)
    return opdef._replace(flags=merged), command.from_notebook(notebook, opdef.env), ()


def _with_config_flags(opdef: OpDef, dest: str, project_dir: Path) -> OpDef:
    """The operation with the flags of its config file, completed by what the guild.yml says
    of them."""
    from guild.ops.define.config_file import flags as config_file

    path = config_file.config_path(dest)
    if path is None or not opdef.flags_import:
        return opdef
    found = config_file.read_flags(project_dir, path)
    merged = {name: found[name] for name in _wanted(opdef, found)}
    for name, flag in opdef.flags.items():
        merged[name] = _merge(flag, found.get(name))
    return opdef._replace(flags=merged)


def _imported(
    opdef: OpDef, main: str, source_root: Path, cache_dir: Path
) -> tuple[str, dict[str, FlagDef], tuple[str, ...]]:
    """The flags destination and the flags of a Python operation: those of the guild.yml,
    completed by those of the script where the operation imports them."""
    dest = opdef.flags_dest
    if dest is not None and dest.startswith("config:"):
        return dest, opdef.flags, ()
    module, *args = command.split(main, "main")
    script = script_path(module, source_root)
    if opdef.flags_import_exec and opdef.flags_import is None and _has_arguments(opdef):
        opdef = opdef._replace(flags_import=True)
    if script is None or (dest is None and opdef.flags_import is False):
        return dest or "args", opdef.flags, ()
    from guild.plugins.python_flags import cached_inspect_script

    execution = _execution(opdef, module, script, source_root)
    found = cached_inspect_script(script, [source_root], cache_dir, dest, args, execution)
    wanted = _wanted(opdef, found.flags)
    own = command.own_options(args)
    merged = {name: command.with_own_default(found.flags[name], own) for name in wanted}
    for name, flag in opdef.flags.items():
        merged[name] = _merge(flag, found.flags.get(name))
    unknown = [
        name
        for name in (opdef.flags_import if isinstance(opdef.flags_import, tuple) else ())
        if name not in found.flags and name not in opdef.flags
    ]
    warnings = tuple(
        f"{opdef.location}: flags-import: {script.name} has no flag '{n}'" for n in unknown
    )
    told = found.warnings if wanted or execution is not None else ()
    return found.dest, merged, (*warnings, *told)


def _execution(opdef: OpDef, module: str, script: Path, source_root: Path) -> Execution | None:
    """How the script of an operation that asks for it is executed to find its flags; None for
    one that is not."""
    if not opdef.flags_import_exec or opdef.flags_import is False or not _has_arguments(opdef):
        return None
    from guild.plugins.python_flags import Execution

    package = None
    if "/" not in module and source_root / f"{module.removesuffix('.py')}.py" != script:
        folder = script.parent.relative_to(source_root)
        package = ".".join(folder.parts)
    python_path = tuple(
        os.path.normpath(source_root / os.path.expanduser(path)) for path in opdef.python_path or ()
    )
    env = command.environment(command.CommandTemplate((), dict(opdef.env), ""), {}, {})
    return Execution(package, env, python_path)


def _wanted(opdef: OpDef, found: dict[str, FlagDef]) -> list[str]:
    skip = opdef.flags_import_skip or ()
    if opdef.flags_import is True:
        return [name for name in found if name not in skip]
    if not opdef.flags_import:
        return []
    return [name for name in opdef.flags_import if name in found and name not in skip]


def _merge(said: FlagDef, found: FlagDef | None) -> FlagDef:
    """What the guild.yml says of a flag, and the script where the guild.yml is silent."""
    if found is None:
        return said
    blank = FlagDef(said.name)
    told = {
        field: value
        for field, value in said._asdict().items()
        if value != getattr(blank, field) and field != "name"
    }
    return found._replace(**told)


# -- Files that are operations themselves


def from_file(opspec: str, cwd: Path, cache_dir: Path) -> Operation | None:
    """The operation for a script, a notebook, a module or an executable file; None for no such
    file."""
    path = Path(os.path.normpath(cwd / os.path.expanduser(opspec)))
    if opspec.endswith(".py") and path.is_file():
        return _python_script(path, cwd, cache_dir)
    if opspec.endswith(".ipynb") and path.is_file():
        return _notebook(path, cwd)
    if path.is_file() and os.access(path, os.X_OK):
        return _executable(path, cwd)
    if "/" not in opspec and not opspec.endswith(".py"):
        package = path / "__main__.py"
        module = script_path(opspec, cwd) if "." in opspec else package
        if module is not None and module.is_file():
            return _python_operation(opspec, module, cwd, cache_dir, cwd, opspec)
    return None


def _source_root(path: Path, cwd: Path) -> Path:
    """The folder whose files are the source code of a script: the current one if it is in it."""
    return cwd if path.is_relative_to(cwd) else path.parent


def _python_script(path: Path, cwd: Path, cache_dir: Path) -> Operation:
    root = _source_root(path, cwd)
    main = path.relative_to(root).as_posix().removesuffix(".py")
    return _python_operation(main, path, root, cache_dir, path.parent, path.name)


def _python_operation(
    main: str, path: Path, root: Path, cache_dir: Path, folder: Path, name: str
) -> Operation:
    from guild.plugins.python_flags import cached_inspect_script

    found = cached_inspect_script(path, [root], cache_dir)
    return Operation(
        opref=OpRef("script", str(folder), "", "", name),
        opdef=OpDef(name=name, flags=found.flags, main=main),
        command=command.from_module(main, (), {}, found.dest),
        project_dir=root,
        source_root=root,
        warnings=found.warnings,
    )


def _notebook(path: Path, cwd: Path) -> Operation:
    from guild.plugins.notebook import notebook_flags

    root = _source_root(path, cwd)
    name = path.relative_to(root).as_posix()
    return Operation(
        opref=OpRef("script", str(path.parent), "", "", path.name),
        opdef=OpDef(name=path.name, flags=notebook_flags(path), notebook=name),
        command=command.from_notebook(name, {}),
        project_dir=root,
        source_root=root,
    )


def _executable(path: Path, cwd: Path) -> Operation:
    root = _source_root(path, cwd)
    words = (f"./{path.relative_to(root).as_posix()}", command.FLAG_ARGS)
    return Operation(
        opref=OpRef("script", str(path.parent), "", "", path.name),
        opdef=OpDef(name=path.name, exec=words, sourcecode=SourceCodeDef()),
        command=CommandTemplate(words, {}, "args"),
        project_dir=root,
        source_root=root,
    )
