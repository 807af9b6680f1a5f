"""Information about one run as plain values, for people and for JSON."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from guild.base.clock import format_time
from guild.base.errors import GuildError
from guild.index.fields import operation_name
from guild.index.query import IndexedRun
from guild.run import ATTRIBUTE_TYPES, Run
from guild.runs import manifest
from guild.scalars.scalar_names import format_name, is_system, needs_prefix

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary

_MANIFEST_KINDS = (("d", "dependencies"), ("s", "sourcecode"), ("i", "internal"))


def read_core_fields(run: IndexedRun) -> dict[str, Any]:
    """Return the fields that every run has, under the names of `guild runs info`."""
    directory = run.run
    return {
        "id": run.id,
        "operation": operation_name(run),
        "from": run.opref.pkg_name if run.opref else "",
        "status": run.status,
        "started": format_time(run.timestamp) or "",
        "stopped": format_time(run.stopped) or "",
        "marked": "yes" if run.marked else "no",
        "label": run.label,
        "sourcecode_digest": directory.get("sourcecode_digest") or "",
        "vcs_commit": directory.get("vcs_commit") or "",
        "run_dir": run.path,
        "command": _format_command(directory.get("cmd")),
        "exit_status": _or_empty(directory.exit_status),
        "pid": _or_empty(directory.lock_pid if run.status == "running" else None),
    }


def read_info(run: IndexedRun, *, all_scalars: bool = False) -> dict[str, Any]:
    """Return the core fields, tags, flags and scalars of a run.

    See `read_scalar_values` for scalars. A batch also has `proto-flags`, the flags from which
    its trials are made; a run with steps has `steps`, their specifications.
    """
    directory = run.run
    steps = directory.get("steps")
    proto = directory.batch_proto
    return {
        **read_core_fields(run),
        **({"steps": list(map(str, steps))} if isinstance(steps, list) and steps else {}),
        "tags": directory.tags,
        "flags": directory.flags,
        **({} if proto is None else {"proto-flags": proto.flags}),
        "scalars": read_scalar_values(directory, all_values=all_scalars),
    }


def read_user_attributes(run: Run) -> dict[str, Any]:
    """Return the attributes that users or the operation have added, sorted by name."""
    return {name: run.get(name) for name in run.attr_names() if name not in ATTRIBUTE_TYPES}


# -- Scalars


def read_scalar_values(run: Run, *, all_values: bool = False) -> dict[str, Any]:
    """Return the last value and step of each scalar of `run`, by name.

    The scalars of linked runs, which are steps or trials, are included, prefixed with the name
    of the link. With `all_values`, system metrics are included, and each scalar is a mapping of
    `first`, `last`, `min`, `max`, `avg` and `total` to a value and a step.
    """
    # Scalars from the output have no prefix and come first: they matter most.
    rows = sorted(
        ((needs_prefix(row.prefix), format_name(row.prefix, row.tag)), row)
        for row in _read_summaries(run.path, "", set())
    )
    return {
        name: _all_values(row) if all_values else (row.last_val, row.last_step)
        for (_, name), row in rows
        if all_values or not is_system(row.tag)
    }


def _read_summaries(path: str, prefix: str, visited: set[str]) -> Iterator[ScalarSummary]:
    from guild.scalars.run_scalars import summarize

    visited.add(os.path.realpath(path))
    for row in summarize(path, with_steps=False).summaries():
        yield row._replace(prefix="/".join(filter(None, (prefix, row.prefix))))
    for name in _list_linked_runs(path):
        linked = os.path.join(path, name)
        if os.path.realpath(linked) not in visited:
            yield from _read_summaries(linked, "/".join(filter(None, (prefix, name))), visited)


def _list_linked_runs(path: str) -> list[str]:
    """Return the names of links in a run directory that lead to other runs."""
    try:
        names = [entry.name for entry in os.scandir(path) if entry.is_symlink()]
    except OSError:
        return []
    return sorted(
        name for name in names if os.path.isfile(os.path.join(path, name, ".guild", "opref"))
    )


def _all_values(row: ScalarSummary) -> dict[str, tuple[float, int]]:
    return {
        "first": (row.first_val, row.first_step),
        "last": (row.last_val, row.last_step),
        "min": (row.min_val, row.min_step),
        "max": (row.max_val, row.max_step),
        "avg": (row.avg_val, row.last_step),
        "total": (row.total, row.last_step),
    }


# -- Comments, files, output


def format_comments(run: Run) -> list[dict[str, Any]]:
    """Return the comments of `run` with formatted times; missing values are empty."""
    return [
        {
            **{name: comment.get(name) or "" for name in ("user", "host")},
            "time": format_time(comment.get("time")) or "",
            "body": comment.get("body") or "",
        }
        for comment in run.comments
    ]


def list_manifest_paths(run: Run) -> dict[str, list[str]]:
    """Return the sorted paths of the files that Guild put into `run`, by their kind."""
    entries = manifest.read_entries(run.path)
    paths = {
        name: sorted(entry.run_path for entry in entries if entry.kind == kind)
        for kind, name in _MANIFEST_KINDS
    }
    return {name: of_kind for name, of_kind in paths.items() if of_kind}


def read_output(run: Run) -> str:
    """Return the output of `run`, invalid UTF-8 as surrogates; empty without output."""
    try:
        with open(run.guild_path("output"), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return ""


# -- Single attributes and JSON


def read_attribute(run: IndexedRun, name: str) -> Any:
    """Return a core field, else an attribute as it is recorded.

    Raises GuildError if the run has neither or the attribute is invalid.
    """
    fields = read_core_fields(run)
    if name in fields:
        return fields[name]
    attributes = run.run.attr_names()
    if name not in attributes:
        from guild.base.text import did_you_mean

        hint = did_you_mean(name, [*fields, *attributes])
        raise GuildError(f"no such run attribute '{name}'{hint}")  # Guild AI 0.9 wording
    try:
        return run.run[name]
    except KeyError:
        raise GuildError(f"cannot read attribute '{name}' of run {run.short_id}") from None


def read_json_fields(
    run: IndexedRun, *, with_flags: bool = False, with_scalars: bool = False
) -> dict[str, Any]:
    """Return the fields of `guild runs list --json`; times are microseconds since the epoch."""
    directory = run.run
    fields = _directory_fields(directory)
    fields |= {"operation": operation_name(run), "status": run.status}
    proto = directory.batch_proto
    if proto is not None:
        fields["batch_proto"] = {**_directory_fields(proto), "status": proto.status}
    if with_flags:
        fields["flags"] = dict(run.flags)
    if with_scalars:
        fields["scalars"] = read_scalar_values(directory)
    return fields


def _directory_fields(run: Run) -> dict[str, Any]:
    names = ("exit_status", "cmd", "comments", "marked", "label", "started", "stopped", "tags")
    return {
        "id": run.id,
        "run_dir": run.path,
        "opref": None if run.opref is None else str(run.opref),
        **{name: run.get(name) for name in names},
    }


def _format_command(cmd: object) -> str:
    if not isinstance(cmd, list):
        return str(_or_empty(cmd))
    return " ".join(_quote(str(word)) for word in cmd)


def _quote(word: str) -> str:
    """Quote `word` for a shell, with double quotes if they are easier to read."""
    if "'" in word and not any(char in word for char in '"$`\\!'):
        return f'"{word}"'
    return shlex.quote(word)


def _or_empty(value: Any) -> Any:
    return "" if value is None else value
