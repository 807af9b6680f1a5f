"""Source code of a run, written from its plan."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from guild.base import log
from guild.context import Context
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.ops.define.operation import Operation
from guild.ops.plan.plan import Plan
from guild.ops.stage.sourcecode.code_copy import Copied, copy_selection
from guild.ops.stage.sourcecode.file_decisions import SelectedFile
from guild.ops.stage.sourcecode.file_selection import Selection, select_sourcecode
from guild.run import Run
from guild.runs import manifest

if TYPE_CHECKING:
    from pathlib import Path


def copy_sourcecode(plan: Plan, run: Run, ctx: Context) -> str | None:
    """Copy the source code into `run`, write its manifest, and return the digest, if it has one.

    The Guild home is never source code, wherever it is.
    """
    definition = with_project_rules(plan.operation, ctx.home)
    if plan.source_run is not None:
        copied = _copy_from_run(plan.source_run, run)
    else:
        selection = select_sourcecode(
            plan.operation.source_root,
            definition,
            started=plan.operation.main_file,
            environ=ctx.environ,
        )
        copied = copy_selection(selection, run.path, definition.dest)
        for warning in selection.warnings:
            log.warning(warning)
    for warning in copied.warnings:
        log.warning(warning)
    manifest.write_entries(run.path, copied.entries)
    return copied.digest if copied.entries and definition.digest is not False else None


def with_project_rules(operation: Operation, home: Path) -> SourceCodeDef:
    """Return the source code definition of the operation, with rules for special files added.

    Excluded are secret files, required files and the Guild home. A notebook
    operation always includes its notebook, whatever its size.
    """
    root = operation.source_root
    files = [
        entry
        for entry in operation.opdef.env_secrets or ()
        if not os.path.isabs(os.path.expanduser(entry))
    ]
    relative_home = os.path.relpath(os.path.realpath(home), os.path.realpath(root))
    paths = _below_root((*_required_paths(operation), relative_home))
    rules = [
        *(_exclude("pattern", path) for path in (*files, *paths)),
        *(_exclude("dir", path) for path in paths),
    ]
    if operation.opdef.notebook:
        rules.append(SourceCodeRule("include", "pattern", f"/{operation.opdef.notebook}"))
    definition = operation.sourcecode
    return definition._replace(select=(*definition.select, *rules))


def _exclude(kind: Literal["pattern", "dir"], path: str) -> SourceCodeRule:
    return SourceCodeRule("exclude", kind, f"/{os.path.normpath(path)}")


def _required_paths(operation: Operation) -> list[str]:
    """Return the paths of the files that the operation requires, relative to the source root."""
    if not operation.opdef.requires:
        return []
    from guild.extend.source import SOURCES

    targets = [
        kind.project_path(source)
        for resource in operation.opdef.requires
        for source in resource.sources
        if (kind := SOURCES.get(source.kind)) is not None
    ]
    return [
        os.path.relpath(operation.project_dir / target, operation.source_root)
        for target in targets
        if target is not None and "${" not in target
    ]


def _below_root(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path != os.curdir and path.split(os.sep)[0] != os.pardir]


def _copy_from_run(source: Run, run: Run) -> Copied:
    """Copy the source code of the run `source` as it is now."""
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
    copied = copy_selection(Selection(source.path, tuple(files), (), (), ()), run.path, share=True)
    return copied._replace(
        entries=tuple(
            entry._replace(source=entries[entry.run_path].source) for entry in copied.entries
        )
    )
