"""Writing a plan into a run directory: all that a start needs is then in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from guild.base import clock, files, log
from guild.base.errors import GuildError
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.opref import OpRef
from guild.ops.define.operation import to_record
from guild.ops.plan.plan import Plan
from guild.ops.stage.environment import run_environment
from guild.ops.stage.environment_info import machine, packages, vcs
from guild.ops.stage.sourcecode.copy import Copied, copy
from guild.ops.stage.sourcecode.select import SelectedFile, Selection, select
from guild.run import Run
from guild.runs import manifest


def stage(
    plan: Plan,
    run: Run,
    *,
    environ: Mapping[str, str],
    home: Path,
    cwd: Path,
    marker: str = "PENDING",
    known: Mapping[str, bytes] | None = None,
    is_proto: bool = False,
) -> dict[str, str]:
    """Make the run directory of `run` what `plan` says; the environment to start it with.

    A new directory appears when it is whole. `marker` is the file that tells its state until
    it is started: `PENDING` for a run that is about to be, `STAGED` for one that waits.
    `known` are attributes by name that need not be found out, as their files have them.
    A batch's proto, `is_proto`, is never started and gets nothing of what is required.
    Raises GuildError where the directory cannot be written or something required is missing.
    """
    known = known or {}
    with whole(run) as folder:
        os.makedirs(folder.guild_path("attrs"), exist_ok=True)
        Path(folder.guild_path(marker)).touch()
        digest = put_sourcecode(plan, folder, home)
        env = run_environment(plan, run, environ=environ, home=home, cwd=cwd)
        write_opref(folder, plan.operation.opref)
        for name, value in _attributes(plan, run, env.recorded, digest, known, home).items():
            folder.set(name, value)
        for name, data in known.items():
            files.write_atomic(Path(folder.guild_path("attrs", name)), data)
        if plan.operation.opdef.requires and not is_proto:
            put_dependencies(plan, run, folder, home, later=marker == "STAGED")
        if marker == "STAGED":
            folder.set("started", folder.get("initialized"))  # by which Guild AI 0.9 lists it
            _write_env(folder, env.recorded)
    return env.whole


@contextmanager
def whole(run: Run) -> Iterator[Run]:
    """The run to write to in place of `run`: a directory beside it that takes its place at the
    end, and goes if that fails. A run directory that exists is written to as it is.

    Raises GuildError for an OSError within.
    """
    aside = run
    try:
        if os.path.lexists(run.path):
            yield run
            return
        folder, name = os.path.split(run.path)
        os.makedirs(folder, exist_ok=True)
        aside = Run(run.id, os.path.join(folder, f".{name}.new"))
        _remove(aside)  # what one that was killed at this left
        yield aside
        os.rename(aside.path, run.path)
    except OSError as error:
        raise GuildError(
            f"cannot write run {run.short_id}: {error.strerror} ({error.filename or run.path}) - "
            f"'guild check' shows where Guild keeps its runs"
        ) from None
    finally:
        if aside is not run:
            _remove(aside)


def _remove(run: Run) -> None:
    if os.path.lexists(run.path):
        import shutil  # slow to import, and needed only where something went wrong

        shutil.rmtree(run.path, ignore_errors=True)


def write_opref(run: Run, opref: OpRef) -> None:
    """Write what `run` was made from. Raises OSError."""
    text = str(opref).encode("utf-8", "surrogateescape")
    files.write_atomic(Path(run.guild_path("opref")), text)


def put_dependencies(plan: Plan, run: Run, folder: Run, home: Path, *, later: bool = False) -> None:
    """Put what the operation requires into `folder`, the directory of `run`, as
    `guild.ops.stage.dependencies.put` says, and record it."""
    from guild.ops.stage.dependencies import put

    folder.set("deps", put.put_dependencies(plan, run, folder, home=home, later=later))


def put_sourcecode(plan: Plan, run: Run, home: Path) -> str | None:
    """Copy the source code into the run and write its manifest; its digest, if it has one.

    The Guild home `home` is none of it, wherever it is.
    """
    definition = _source_files(plan, home)
    if plan.source_run is not None:
        copied = _copy_from_run(plan.source_run, run)
    else:
        selection = select(plan.operation.source_root, definition, started=plan.operation.main_file)
        copied = copy(selection, run.path, definition.dest)
        for warning in selection.warnings:
            log.warning(warning)
    for warning in copied.warnings:
        log.warning(warning)
    manifest.write_entries(run.path, copied.entries)
    put_config_file(plan, run)
    return copied.digest if copied.entries and definition.digest is not False else None


def put_config_file(plan: Plan, run: Run) -> None:
    """Write the file that the operation takes its flags from into the run, where it has one.

    Raises GuildError where there is no such file or it cannot hold the flags.
    """
    path = _config_path(plan)
    if path is None:
        return
    from guild.ops.define.config_file.flags import write

    earlier = os.path.join(plan.source_run.path, path) if plan.source_run else ""
    base = Path(earlier) if os.path.isfile(earlier) else plan.operation.project_dir / path
    entry = write(base, Path(run.path), path, plan.flags, plan.operation.flags)
    others = (known for known in manifest.read_entries(run.path) if known.run_path != path)
    manifest.write_entries(run.path, (*others, entry))


def _config_path(plan: Plan) -> str | None:
    flags_dest = plan.operation.command.flags_dest
    if not flags_dest.startswith("config:"):
        return None
    from guild.ops.define.config_file.flags import config_path

    return config_path(flags_dest)


def _source_files(plan: Plan, home: Path) -> SourceCodeDef:
    """What is source code of the operation: never a file that it takes secrets from, the
    one that is written with its flags, what it requires, nor the runs of `home`; always the
    notebook that it is, of whatever size."""
    definition = plan.operation.sourcecode
    secret_files = [
        entry
        for entry in plan.operation.opdef.env_secrets or ()
        if not os.path.isabs(os.path.expanduser(entry))
    ]
    config = _config_path(plan)
    config_file = (
        [os.path.relpath(plan.operation.project_dir / config, plan.operation.source_root)]
        if config
        else []
    )
    required = [*_required_files(plan), *_within(plan.operation.source_root, home)]
    excluded = tuple(
        SourceCodeRule("exclude", kind, f"/{os.path.normpath(path)}")
        for paths, kinds in (
            ((*secret_files, *config_file), _FILES),
            (required, _FILES_AND_FOLDERS),
        )
        for path in paths
        for kind in kinds
    )
    notebook = plan.operation.opdef.notebook
    needed = (SourceCodeRule("include", "pattern", f"/{notebook}"),) if notebook else ()
    return definition._replace(select=(*definition.select, *excluded, *needed))


def _within(root: Path, folder: Path) -> list[str]:
    """The path of `folder` relative to `root`, if it is below it."""
    path = os.path.relpath(os.path.realpath(folder), os.path.realpath(root))
    return [] if path == os.curdir or path.startswith(os.pardir) else [path]


_Kinds = tuple[Literal["pattern", "dir"], ...]
_FILES: _Kinds = ("pattern",)
_FILES_AND_FOLDERS: _Kinds = ("pattern", "dir")


def _required_files(plan: Plan) -> list[str]:
    """The files and folders of the project that the operation requires, relative to the root
    of its source code; for those below it."""
    said = [
        os.path.relpath(plan.operation.project_dir / source.target, plan.operation.source_root)
        for resource in plan.operation.opdef.requires
        for source in resource.sources
        if source.kind in ("file", "config") and "${" not in source.target
    ]
    return [path for path in said if path != os.curdir and not path.startswith(os.pardir)]


def _copy_from_run(source: Run, run: Run) -> Copied:
    """Copy the source code that `source` was given, as it is there now."""
    entries = {
        entry.run_path: entry for entry in manifest.read_entries(source.path) if entry.kind == "s"
    }
    files = []
    for path in sorted(entries):
        try:
            status = os.stat(os.path.join(source.path, path))
        except OSError as error:
            log.warning(f"source code of run {source.short_id}: {path}: {error.strerror}")
            continue
        files.append(SelectedFile(path, status.st_size, stat.S_IMODE(status.st_mode)))
    copied = copy(Selection(source.path, tuple(files), (), (), ()), run.path, share=True)
    return copied._replace(
        entries=tuple(
            entry._replace(source=entries[entry.run_path].source) for entry in copied.entries
        )
    )


def _attributes(
    plan: Plan,
    run: Run,
    env: Mapping[str, str],
    digest: str | None,
    known: Mapping[str, bytes],
    home: Path,
) -> dict[str, Any]:
    """The attributes that are not `known`."""
    opdef = plan.operation.opdef
    attrs: dict[str, Any] = {
        "cmd": list(plan.cmd),
        "deps": {},
        "env": dict(env),
        "flags": plan.flags,
        "id": run.id,
        "initialized": clock.timestamp(),
        "label": plan.label,
        "plugins": ["python_script"] if plan.operation.kind == "python" else [],
        "random_seed": plan.random_seed,
        "run_params": plan.params,
        "sourcecode_digest": digest,
        **({} if plan.operation.steps is None else {"steps": list(plan.operation.steps)}),
        "user_flags": plan.user_flags,
        **plan.attrs,
    }
    if plan.tags:
        attrs["tags"] = list(plan.tags)
    if plan.comment:
        attrs["comments"] = [comment(plan.comment)]
    commit = vcs.vcs_commit(plan.operation.project_dir) if plan.source_run is None else None
    if commit:
        attrs["vcs_commit"] = commit
    if opdef.objective:
        attrs["objective"] = opdef.objective
    if opdef.compare is not None:
        attrs["compare"] = list(opdef.compare)
    facts = {name: fact for name, fact in _facts(plan, home).items() if name not in plan.attrs}
    attrs.update({name: fact() for name, fact in facts.items() if name not in known})
    return {name: value for name, value in attrs.items() if name not in known}


def _facts(plan: Plan, home: Path) -> dict[str, Callable[[], Any]]:
    """Attributes that take a while to find out."""
    facts: dict[str, Callable[[], Any]] = {
        "host": machine.host,
        "op": lambda: to_record(plan.operation, plan.label_template, plan.flags),
        "platform": machine.platform_facts,
        "user": machine.user,
    }
    runs_python = plan.operation.kind in ("python", "notebook")
    if runs_python and plan.operation.opdef.pip_freeze is not False:
        facts["pip_freeze"] = lambda: packages.installed_packages(
            cache_dir=home / "cache" / "packages"
        )
    return facts


def comment(body: str, user: str | None = None, host: str | None = None) -> dict[str, Any]:
    """A comment as it is kept in the attribute `comments`."""
    return {
        "body": body,
        "host": machine.host() if host is None else host,
        "time": clock.timestamp(),
        "user": machine.user() if user is None else user,
    }


def _write_env(run: Run, env: Mapping[str, str]) -> None:
    """`.guild/ENV`, by which a staged run can be started by hand."""
    import shlex

    lines = [
        f"export {name}={shlex.quote(env[name])}\n" for name in sorted(env) if name.isidentifier()
    ]
    files.write_atomic(
        Path(run.guild_path("ENV")), "".join(lines).encode("utf-8", "surrogateescape")
    )
