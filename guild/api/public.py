"""The functions of `guild.api`.

Where they take `home`, it is the folder of a Guild home; without it the home in use
(`with SetGuildHome(...)`, else GUILD_HOME ...). Where they take runs, one run will do.
Each raises GuildError for what cannot be done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from guild import config
from guild.api import archives, changes, lookup, removal, selection
from guild.api.lookup import AnyRun
from guild.base.errors import GuildError
from guild.index.comparison_table import CompareOptions, Table
from guild.index.query import IndexedRun, RunQuery
from guild.launch.function_search import SearchOptions
from guild.ops.functions.function_run import FunctionRunOptions
from guild.run import Run
from guild.runs import manifest
from guild.scalars.run_scalars import ScalarSummary
from guild.scalars.scalar_names import format_name

Runs: TypeAlias = AnyRun | Iterable[AnyRun]
Operation: TypeAlias = str | Callable[..., Any]


# -- Running


def run(
    operation: Operation,
    flags: Mapping[str, Any] | None = None,
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    cwd: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Run:
    """Run `operation` with `flags`; its run when it has ended, however it has.

    A text is what `guild run` takes in the folder `cwd` (default: the current one): an
    operation of the guild.yml there, a script, a notebook. What it prints is in the run
    alone. A function is called in this process, and what it raises is raised as RunError
    (RunTerminated for Ctrl-C). Raises GuildError for an operation that does not exist, and
    flags that it does not take or that stand for several values.
    """
    from guild.api import running

    options = FunctionRunOptions(label=label, tags=tags, comment=comment)
    if callable(operation):
        return running.run_function(operation, flags or {}, options, _home(home))
    return running.run_operation(operation, flags or {}, options, _cwd(cwd), _home(home))


def search(
    operation: Operation,
    flags: Mapping[str, Any],
    options: SearchOptions = SearchOptions(),  # noqa: B008  # immutable
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    cwd: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> list[Run]:
    """Run `operation` as often as `flags` and `options` say; the runs in their order.

    A list of values is tried one by one, a slice `slice(LOW, HIGH)` or a distribution is
    searched by the optimizer. Otherwise as `run`; a trial that fails does not end the
    search of an operation, but that of a function.
    """
    from guild.api import running

    run_options = FunctionRunOptions(label=label, tags=tags, comment=comment)
    if callable(operation):
        return running.search_function(operation, flags, options, run_options, _home(home))
    return running.search_operation(operation, flags, options, run_options, _cwd(cwd), _home(home))


# -- Finding


def runs(
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    *,
    home: str | os.PathLike[str] | None = None,
) -> list[IndexedRun]:
    """The runs that `query` matches, the latest first."""
    return selection.select(_home(home), query)


def select(
    *specs: str,
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    home: str | os.PathLike[str] | None = None,
) -> list[IndexedRun]:
    """The runs that `specs` name among those that `query` matches: an index (`1` is the
    latest), a range `2:5`, the start of an id, or a path."""
    return selection.select_named(_home(home), specs, query)


# -- Reading


def flags(run: AnyRun) -> dict[str, Any]:
    """The flags of `run`."""
    return lookup.flags(run)


def scalars(runs: Runs) -> list[tuple[Run, ScalarSummary]]:
    """Each scalar of each of `runs`: its first, last, lowest ... value and step."""
    return lookup.scalars(_several(runs))


def compare(
    runs: Runs,
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
) -> Table:
    """The table of `runs`: what they are, flags and scalars, as `guild compare` has it."""
    return lookup.compare(_several(runs), options)


class Difference(NamedTuple):
    """What is different in two runs: pairs of what is in the first and in the second, None
    where one has nothing.

    Attributes:
        flags: values by name.
        scalars: last values by `[PREFIX#]TAG`.
        sourcecode: SHA-1 digests by path, as the manifests have them.
    """

    flags: dict[str, tuple[Any, Any]]
    scalars: dict[str, tuple[float | None, float | None]]
    sourcecode: dict[str, tuple[str | None, str | None]]


def diff(left: AnyRun, right: AnyRun) -> Difference:
    """What is different in the runs `left` and `right`."""
    return Difference(
        _different(flags(left), flags(right)),
        _different(_last_values(left), _last_values(right)),
        _different(_sourcecode(left), _sourcecode(right)),
    )


def _different(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (left.get(name), right.get(name))
        for name in sorted({*left, *right})
        if name not in left or name not in right or left[name] != right[name]
    }


def _last_values(run: AnyRun) -> dict[str, float]:
    return {format_name(row.prefix, row.tag): row.last_val for _, row in lookup.scalars([run])}


def _sourcecode(run: AnyRun) -> dict[str, str]:
    entries = manifest.read_entries(run.path)
    return {entry.run_path: entry.hash for entry in entries if entry.kind == "s"}


# -- RunChanger


def label(runs: Runs, text: str) -> None:
    """Give `runs` a label; an empty text takes labels away."""
    for one in _directories(runs):
        changes.set_label(one, text)


def tag(runs: Runs, *tags: str, delete: Sequence[str] = ()) -> None:
    """Add `tags` to `runs`, and take those of `delete` away."""
    for one in _directories(runs):
        changes.change_tags(one, add=tags, delete=delete)


def mark(runs: Runs, marked: bool = True) -> None:
    """Mark `runs`, or take their marks away."""
    for one in _directories(runs):
        changes.mark(one, marked)


def delete(
    runs: Runs, *, permanent: bool = False, home: str | os.PathLike[str] | None = None
) -> None:
    """Delete `runs`, which are stopped first where they run. They can be restored, unless
    `permanent`."""
    for one in _directories(runs):
        removal.delete(_home(home), one, permanent=permanent)


def restore(runs: Runs, *, home: str | os.PathLike[str] | None = None) -> list[Run]:
    """Bring deleted runs back; where they are now."""
    return [removal.restore(_home(home), one) for one in _directories(runs)]


def export(
    runs: Runs,
    location: str | os.PathLike[str],
    *,
    move: bool = False,
    copy_resources: bool = False,
    home: str | os.PathLike[str] | None = None,
) -> list[Run]:
    """Add `runs` to the archive at `location`, a folder or a `.zip` file; those that were
    not there before. With `move` they are deleted here."""
    return archives.export_runs(
        _home(home),
        _directories(runs),
        os.fspath(location),
        move=move,
        copy_resources=copy_resources,
    ).done


# -- Arguments


def _home(home: str | os.PathLike[str] | None) -> Path:
    if home is None:
        return config.guild_home()
    path = Path(os.path.abspath(home))
    if not path.is_dir():
        raise GuildError(f"Guild home '{path}' does not exist - create it or choose another")
    return path


def _cwd(cwd: str | os.PathLike[str] | None) -> Path:
    return Path(os.getcwd() if cwd is None else os.path.abspath(cwd))


def _several(runs: Runs) -> list[AnyRun]:
    # An IndexedRun is a tuple, and so looks like several.
    return [runs] if isinstance(runs, (Run, IndexedRun)) else list(runs)


def _directories(runs: Runs) -> list[Run]:
    return [one if isinstance(one, Run) else one.run for one in _several(runs)]
