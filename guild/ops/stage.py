"""Writing a plan into a run directory: all that a start needs is then in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guild.base import clock, files, log
from guild.base.errors import GuildError
from guild.opref import OpRef
from guild.ops.facts import machine, packages, secrets, vcs
from guild.ops.operation import to_record
from guild.ops.plan import Plan
from guild.ops.sourcecode.copy import Copied, copy
from guild.ops.sourcecode.select import SelectedFile, Selection, select
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
) -> None:
    """Make the run directory of `run` what `plan` says.

    A new directory appears when it is whole. `marker` is the file that tells its state until
    it is started: `PENDING` for a run that is about to be, `STAGED` for one that waits.
    Raises GuildError where the directory cannot be written.
    """
    with whole(run) as folder:
        os.makedirs(folder.guild_path("attrs"), exist_ok=True)
        Path(folder.guild_path(marker)).touch()
        digest = put_sourcecode(plan, folder)
        own = own_environment(plan, run, environ=environ, home=home, cwd=cwd)
        recorded = recorded_environment(own, environ)
        write_opref(folder, plan.operation.opref)
        for name, value in _attributes(plan, run, recorded, digest).items():
            folder.set(name, value)
        if marker == "STAGED":
            _write_env(folder, recorded)


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
        aside = Run(run.id, os.path.join(folder, f".{name}.{os.getpid()}"))
        yield aside
        os.rename(aside.path, run.path)
    except OSError as error:
        raise GuildError(
            f"cannot write run {run.short_id}: {error.strerror} ({error.filename or run.path}) - "
            f"'guild check' shows where Guild keeps its runs"
        ) from None
    finally:
        if aside is not run and os.path.lexists(aside.path):
            import shutil  # slow to import, and needed only where something went wrong

            shutil.rmtree(aside.path, ignore_errors=True)


def write_opref(run: Run, opref: OpRef) -> None:
    """Write what `run` was made from. Raises OSError."""
    text = str(opref).encode("utf-8", "surrogateescape")
    files.write_atomic(Path(run.guild_path("opref")), text)


def recorded_environment(own: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The operation's environment without its secrets. Flags are not among them: they are
    recorded in any case, and a start has to find them again."""
    flags = {name: value for name, value in own.items() if name.startswith("FLAG_")}
    return {**secrets.public_environ({**environ, **own}), **flags}


def own_environment(
    plan: Plan, run: Run, *, environ: Mapping[str, str], home: Path, cwd: Path
) -> dict[str, str]:
    """What Guild, the operation and its flags add to the caller's environment `environ`."""
    dest = plan.operation.sourcecode.dest or "."
    own = {
        "RUN_DIR": run.path,
        "RUN_ID": run.id,
        "GUILD_HOME": str(home),
        "GUILD_OP": plan.operation.name,
        "GUILD_SOURCECODE": dest,
        "PROJECT_DIR": str(plan.operation.project_dir),
        "CMD_DIR": str(cwd),
        "LOG_LEVEL": environ.get("LOG_LEVEL", "20"),
        "FLAGS_DEST": plan.operation.command.flags_dest,
    }
    if plan.operation.opdef.python_path:
        folders = [_python_folder(plan, run, path) for path in plan.operation.opdef.python_path]
        inherited = environ.get("PYTHONPATH")
        own["PYTHONPATH"] = os.pathsep.join([*folders, *([inherited] if inherited else [])])
    return {**own, **plan.env}


def _python_folder(plan: Plan, run: Run, path: str) -> str:
    """A folder of `python-path`: as it was copied to the run if the project's source code has
    it, else where it is."""
    full = os.path.normpath(os.path.join(plan.operation.source_root, os.path.expanduser(path)))
    inside = os.path.relpath(full, plan.operation.source_root)
    if inside.startswith(".."):
        return full
    return os.path.normpath(os.path.join(run.path, plan.operation.sourcecode.dest or ".", inside))


def put_sourcecode(plan: Plan, run: Run) -> str | None:
    """Copy the source code into the run and write its manifest; its digest, if it has one."""
    definition = plan.operation.sourcecode
    if plan.source_run is not None:
        copied = _copy_from_run(plan.source_run, run)
    else:
        selection = select(plan.operation.source_root, definition)
        copied = copy(selection, run.path, definition.dest)
        for warning in selection.warnings:
            log.warning(warning)
    for warning in copied.warnings:
        log.warning(warning)
    manifest.write(run.path, copied.entries)
    return copied.digest if copied.entries and definition.digest is not False else None


def _copy_from_run(source: Run, run: Run) -> Copied:
    """Copy the source code that `source` was given, as it is there now."""
    entries = {entry.run_path: entry for entry in manifest.read(source.path) if entry.kind == "s"}
    files = []
    for path in sorted(entries):
        try:
            status = os.stat(os.path.join(source.path, path))
        except OSError as error:
            log.warning(f"source code of run {source.short_id}: {path}: {error.strerror}")
            continue
        files.append(SelectedFile(path, status.st_size, stat.S_IMODE(status.st_mode)))
    copied = copy(Selection(source.path, tuple(files), (), (), ()), run.path)
    return copied._replace(
        entries=tuple(
            entry._replace(source=entries[entry.run_path].source) for entry in copied.entries
        )
    )


def _attributes(plan: Plan, run: Run, env: Mapping[str, str], digest: str | None) -> dict[str, Any]:
    opdef = plan.operation.opdef
    attrs: dict[str, Any] = {
        "cmd": list(plan.cmd),
        "deps": {},
        "env": dict(env),
        "flags": plan.flags,
        "host": machine.host(),
        "id": run.id,
        "initialized": clock.timestamp(),
        "label": plan.label,
        "op": to_record(plan.operation, plan.label_template),
        "platform": machine.platform_facts(),
        "plugins": ["python_script"] if plan.operation.is_python else [],
        "random_seed": plan.random_seed,
        "run_params": plan.params,
        "sourcecode_digest": digest,
        "user": machine.user(),
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
    if plan.operation.is_python and opdef.pip_freeze is not False:
        attrs["pip_freeze"] = packages.installed_packages()
    return attrs


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
