"""What there is to know of one run, as plain values for people or for JSON."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from guild.api.description import (
    operation_name,
    operation_source,
)
from guild.base.clock import format_time
from guild.base.errors import GuildError
from guild.index.query import IndexedRun
from guild.run import ATTRIBUTE_TYPES, Run
from guild.runs import manifest
from guild.scalars.scalar_names import format_name, is_system, needs_prefix

if TYPE_CHECKING:
    from guild.scalars.run_scalars import ScalarSummary

_KINDS = (("d", "dependencies"), ("s", "sourcecode"), ("i", "internal"))


def core_fields(run: IndexedRun) -> dict[str, Any]:
    """What describes any run, by the names that `guild runs info` shows."""
    directory = run.run
    return {
        "id": run.id,
        "operation": operation_name(run),
        "from": operation_source(run),
        "status": run.status,
        "started": format_time(run.timestamp) or "",
        "stopped": format_time(run.stopped) or "",
        "marked": "yes" if run.marked else "no",
        "label": run.label,
        "sourcecode_digest": directory.get("sourcecode_digest") or "",
        "vcs_commit": directory.get("vcs_commit") or "",
        "run_dir": run.path,
        "command": _command(directory.get("cmd")),
        "exit_status": _or_empty(directory.exit_status),
        "pid": _or_empty(directory.lock_pid if run.status == "running" else None),
    }


def info(run: IndexedRun, *, all_scalars: bool = False) -> dict[str, Any]:
    """`core_fields`, the user's attributes, tags, flags and scalars of a run.

    A scalar is its last value and step, or, with `all_scalars`, a mapping of `first`,
    `last`, `min`, `max`, `avg` and `total` to such pairs, for those of the system as well.
    Of a batch `proto-flags` are the flags that its trials were made from, of a run with
    steps `steps` are what they ran.
    """
    directory = run.run
    fields = {
        **core_fields(run),
        **{name: directory.get(name) for name in user_attributes(directory)},
        **_steps(directory),
        "tags": directory.tags,
        "flags": directory.flags,
    }
    proto = directory.batch_proto
    if proto is not None:
        fields["proto-flags"] = proto.flags
    fields["scalars"] = scalars(directory, every=all_scalars)
    return fields


def _steps(run: Run) -> dict[str, Any]:
    steps = _list(run.get("steps"))
    return {"steps": [str(step) for step in steps]} if steps else {}


def user_attributes(run: Run) -> list[str]:
    """The names of the run's attributes that are not Guild's own, sorted."""
    return [name for name in run.attr_names() if name not in ATTRIBUTE_TYPES]


def scalars(run: Run, *, every: bool = False) -> dict[str, Any]:
    """The run's scalars by name, see `info`, and those of the runs that its directory links
    to, its steps or trials, with the link as prefix."""
    found = _summaries(run.path, "", set())
    # What was found in the output has no prefix, and is what people look for first.
    named = sorted(
        ((needs_prefix(row.prefix), format_name(row.prefix, row.tag)), row) for row in found
    )
    return {
        name: _all_values(row) if every else (row.last_val, row.last_step)
        for (_, name), row in named
        if every or not is_system(row.tag)
    }


def _summaries(path: str, prefix: str, seen: set[str]) -> Iterator[ScalarSummary]:
    from guild.scalars.run_scalars import summarize

    seen.add(os.path.realpath(path))
    for row in summarize(path).summaries():
        yield row._replace(prefix="/".join(filter(None, (prefix, row.prefix))))
    for name in _linked_runs(path):
        linked = os.path.join(path, name)
        if os.path.realpath(linked) not in seen:
            yield from _summaries(linked, "/".join(filter(None, (prefix, name))), seen)


def _linked_runs(path: str) -> list[str]:
    """The names of the links in a run's directory that lead to other runs."""
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


def comments(run: Run) -> list[dict[str, Any]]:
    """The run's comments, the times as text."""
    return [
        {
            "user": comment.get("user") or "",
            "host": comment.get("host") or "",
            "time": format_time(comment.get("time")) or "",
            "body": comment.get("body") or "",
        }
        for comment in run.comments
    ]


def manifest_paths(run: Run) -> dict[str, list[str]]:
    """The paths of the files that were put into the run, by why they were."""
    entries = manifest.read_entries(run.path)
    paths = {
        name: sorted(entry.run_path for entry in entries if entry.kind == kind)
        for kind, name in _KINDS
    }
    return {name: found for name, found in paths.items() if found}


def output(run: Run) -> str:
    """The run's output, bytes that are no text kept as surrogates; empty without one."""
    try:
        with open(run.guild_path("output"), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def attribute(run: IndexedRun, name: str) -> Any:
    """The attribute `name` as `guild runs info` shows it, else as it is kept in the run.

    Raises GuildError if there is none of that name.
    """
    fields = core_fields(run)
    if name in fields:
        return fields[name]
    directory = run.run
    if name not in directory.attr_names():
        from guild.base.text import did_you_mean

        known = [*fields, *directory.attr_names()]
        raise GuildError(f"run {run.short_id} has no attribute '{name}'{did_you_mean(name, known)}")
    try:
        return directory[name]
    except KeyError:
        raise GuildError(f"attribute '{name}' of run {run.short_id} cannot be read") from None


def listed(
    run: IndexedRun, *, with_flags: bool = False, with_scalars: bool = False
) -> dict[str, Any]:
    """What `guild runs list --json` tells of a run; times in microseconds since the epoch."""
    fields = {**_listed_directory(run.run), "operation": operation_name(run), "status": run.status}
    proto = run.run.batch_proto
    if proto is not None:
        fields["batch_proto"] = {**_listed_directory(proto), "status": proto.status}
    if with_flags:
        fields["flags"] = dict(run.flags)
    if with_scalars:
        fields["scalars"] = scalars(run.run)
    return fields


def _listed_directory(run: Run) -> dict[str, Any]:
    names = ("exit_status", "cmd", "comments", "marked", "label", "started", "stopped", "tags")
    return {
        "id": run.id,
        "run_dir": run.path,
        "opref": None if run.opref is None else str(run.opref),
        **{name: run.get(name) for name in names},
    }


def _command(cmd: object) -> str:
    if not isinstance(cmd, list):
        return "" if cmd is None else str(cmd)
    return " ".join(_quoted(str(word)) for word in cmd)


def _quoted(word: str) -> str:
    """`word` for a shell, in double quotes where those are easier to read."""
    if "'" in word and not any(char in word for char in '"$`\\!'):
        return f'"{word}"'
    return shlex.quote(word)


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, dict)) else []


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
