"""The functions of `guild.api` that find, read and change runs.

`home` is the directory of a Guild home; by default it is the current one, as set by
`SetGuildHome` or `GUILD_HOME`. Functions that accept several runs also accept a single one. All
raise GuildError for invalid arguments, and for runs and files that cannot be read or written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from guild.api import changes, lookup, removal, selection, transfers
from guild.api.lookup import AnyRun
from guild.api.running import StrPath, find_home
from guild.index.comparison_table import CompareOptions, Table
from guild.index.query import IndexedRun, RunQuery
from guild.run import Run
from guild.runs import manifest
from guild.scalars.run_scalars import ScalarSummary
from guild.scalars.scalar_names import format_name

Runs: TypeAlias = AnyRun | Iterable[AnyRun]

_EVERY_RUN = RunQuery()
_DEFAULT_COLUMNS = CompareOptions()

# -- Find


def runs(query: RunQuery = _EVERY_RUN, *, home: StrPath | None = None) -> list[IndexedRun]:
    """Return the runs that match `query`, newest first.

    Raises GuildError for an invalid filter expression or time range.
    """
    return selection.select_runs(find_home(home), query)


def select(
    *specs: str, query: RunQuery = _EVERY_RUN, home: StrPath | None = None
) -> list[IndexedRun]:
    """Return the runs that `specs` name, each once, among those that match `query`.

    A spec is an index (`1` is the newest run), a range `2:5`, the start of an id, or a path.
    Raises GuildError for a spec that matches no run, and for one that starts several ids.
    """
    return selection.select_named(find_home(home), specs, query)


# -- Read


def flags(run: AnyRun) -> dict[str, Any]:
    """Return the flag values of `run` by name."""
    return dict(run.flags)


def scalars(runs: Runs) -> list[tuple[Run, ScalarSummary]]:
    """Return a summary of each scalar of `runs`: first, last, lowest ... value and step."""
    return lookup.list_scalars(_list_runs(runs))


def compare(runs: Runs, options: CompareOptions = _DEFAULT_COLUMNS) -> Table:
    """Return the table of `guild compare` for `runs`: a row for each run.

    Raises GuildError for invalid columns.
    """
    return lookup.compare_anywhere(_list_runs(runs), options)


class Difference(NamedTuple):
    """The differences between two runs: pairs of values, None where a run has no value.

    Attributes:
        flags: values by name.
        scalars: last values by `[PREFIX#]TAG`.
        sourcecode: SHA-1 digests by path, as recorded in the manifests.
    """

    flags: dict[str, tuple[Any, Any]]
    scalars: dict[str, tuple[float | None, float | None]]
    sourcecode: dict[str, tuple[str | None, str | None]]


def diff(left: AnyRun, right: AnyRun) -> Difference:
    """Return the differences between the runs `left` and `right`."""
    return Difference(
        _differing(flags(left), flags(right)),
        _differing(_last_values(left), _last_values(right)),
        _differing(_sourcecode_digests(left), _sourcecode_digests(right)),
    )


def _differing(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (left.get(name), right.get(name))
        for name in sorted({*left, *right})
        if name not in left or name not in right or left[name] != right[name]
    }


def _last_values(run: AnyRun) -> dict[str, float]:
    return {format_name(row.prefix, row.tag): row.last_val for _, row in lookup.list_scalars([run])}


def _sourcecode_digests(run: AnyRun) -> dict[str, str]:
    entries = manifest.read_entries(run.path)
    return {entry.run_path: entry.hash for entry in entries if entry.kind == "s"}


# -- Change


def label(runs: Runs, text: str) -> None:
    """Set the label of `runs`; an empty string removes it."""
    for run in _list_directories(runs):
        changes.set_label(run, text)


def tag(runs: Runs, *tags: str, delete: Sequence[str] = ()) -> None:
    """Delete the tags in `delete` from `runs`, then add `tags`."""
    for run in _list_directories(runs):
        changes.change_tags(run, add=tags, delete=delete)


def mark(runs: Runs, marked: bool = True) -> None:
    """Mark or unmark `runs`."""
    for run in _list_directories(runs):
        changes.set_marked(run, marked)


def delete(runs: Runs, *, permanent: bool = False, home: StrPath | None = None) -> None:
    """Delete `runs`; they can be restored unless `permanent` is set.

    Stops running runs first. Raises GuildError for a run that cannot be stopped, and for a run
    of another home.
    """
    for run in _list_directories(runs):
        removal.delete_run(find_home(home), run, permanent=permanent)


def restore(runs: Runs, *, home: StrPath | None = None) -> list[Run]:
    """Restore deleted runs and return them at their new place.

    Raises GuildError for a run that is not in the trash.
    """
    return [removal.restore_run(find_home(home), run) for run in _list_directories(runs)]


def export(
    runs: Runs,
    location: StrPath,
    *,
    move: bool = False,
    copy_resources: bool = False,
    home: StrPath | None = None,
) -> list[Run]:
    """Add `runs` to an archive and return those that it did not contain before.

    Args:
        location: a directory or a `.zip` file, which is created if it does not exist.
        move: delete the runs from the home afterwards.
        copy_resources: copy the files that links to dependencies lead to.

    Raises GuildError if the archive cannot be written.
    """
    directories, archive = _list_directories(runs), os.fspath(location)
    return transfers.export_runs(
        find_home(home), directories, archive, move=move, copy_resources=copy_resources
    ).done


def _list_runs(runs: Runs) -> list[AnyRun]:
    # An IndexedRun is a tuple, but it is a single run.
    return [runs] if isinstance(runs, (Run, IndexedRun)) else list(runs)


def _list_directories(runs: Runs) -> list[Run]:
    return [run if isinstance(run, Run) else run.run for run in _list_runs(runs)]
