"""Runs side by side: a row each, and columns from what they are and what was asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError
from guild.index import columns, order
from guild.index.columns import Column, Getter, attr_column
from guild.index.order import natural_key
from guild.index.query import IndexedRun, RunQuery
from guild.opref import OpRef
from guild.scalars.scalar_names import is_system, split_name

if TYPE_CHECKING:
    from guild.guildfile.opdef import OpDef
    from guild.index.run_index import RunIndex
    from guild.scalars.run_scalars import ScalarSummary


class Table(NamedTuple):
    """A header and rows of as many values; a value is None where a run has none.

    Numbers, truth values and texts are as they were recorded; times are texts.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class CompareOptions(NamedTuple):
    """What is compared; the options of `guild compare`.

    Attributes:
        columns: further columns, as in docs/languages.md.
        strict_columns: these columns, and no others but `run`.
        skip_core: without operation, started, time, status and label.
        skip_op_cols: without the columns of the operations.
        skip_unchanged: without columns in which all runs are alike.
        all_scalars: with those that Guild measured itself, `sys/...`.
        extra_columns: with the digest of the source code.
        min, max: the column to sort by, lowest or highest first: a header, else a column
            specification.
        limit: this many rows, counted after sorting.
        include_batch: with runs that are batches.
    """

    columns: str | None = None
    strict_columns: str | None = None
    skip_core: bool = False
    skip_op_cols: bool = False
    skip_unchanged: bool = False
    all_scalars: bool = False
    extra_columns: bool = False
    min: str | None = None
    max: str | None = None
    limit: int | None = None
    include_batch: bool = False


_CORE = tuple(attr_column(name) for name in ("operation", "started", "time", "status", "label"))
_RUN = attr_column("run")
_EXTRA = attr_column("sourcecode")


class Comparison(NamedTuple):
    """A table and the run of each of its rows."""

    table: Table
    runs: tuple[IndexedRun, ...]


def compare_runs(
    index: RunIndex,
    runs: Sequence[IndexedRun],
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
) -> Comparison:
    """Return the table of `runs` and the run of each row.

    Rows keep the order of `runs` unless `options` sorts them. `runs` were selected with
    `query`, of which only the folder counts. Raises GuildError for invalid columns.
    """
    wanted = _wanted(options)
    if not options.include_batch:
        runs = [run for run in runs if not run.is_batch]
    scalars = _scalars(index, runs, options, wanted, query)
    if not runs:
        return Comparison(Table((), ()), ())
    table = _table(runs, scalars, options, wanted)
    compared = _sorted(Comparison(table, tuple(runs)), scalars, options)
    if options.skip_unchanged:
        return compared._replace(table=_without_unchanged(compared.table))
    return compared


class _Wanted(NamedTuple):
    """The columns that are asked for by options."""

    core: tuple[Column, ...]
    by_operation: bool
    listed: tuple[Column, ...]
    sort: Column | None


def _wanted(options: CompareOptions) -> _Wanted:
    sort = _sort_column(options)
    if options.strict_columns is not None and options.columns is not None:
        raise GuildError("--columns cannot be used with --strict-columns")
    if options.strict_columns:
        return _Wanted((_RUN,), False, tuple(columns.parse_columns(options.strict_columns)), sort)
    core = (_RUN,) if options.skip_core else (_RUN, *_CORE)
    if options.extra_columns:
        core = (*core, _EXTRA)
    listed = tuple(columns.parse_columns(options.columns or ""))
    return _Wanted(core, not options.skip_op_cols, listed, sort)


def _sort_column(options: CompareOptions) -> Column | None:
    """The column that `min` or `max` specifies; None if it can only be a header."""
    if options.min is not None and options.max is not None:
        raise GuildError("--min cannot be used with --max")
    try:
        return columns.parse_column(options.min or options.max or "")
    except GuildError:
        return None


def _scalars(
    index: RunIndex,
    runs: Sequence[IndexedRun],
    options: CompareOptions,
    wanted: _Wanted,
    query: RunQuery,
) -> Mapping[str, Sequence[ScalarSummary]]:
    named = [column.name for column in (*wanted.listed, wanted.sort) if column]
    system = options.all_scalars or any(is_system(split_name(name)[1]) for name in named)
    return index.read_scalars([run.id for run in runs], query, system=system)


class _Plan(NamedTuple):
    """What the rows of runs with the same columns are made of: headers and getters, the
    headers also by section: of the core, of the operation, of those that were listed."""

    cells: tuple[tuple[str, Getter], ...]
    sections: tuple[tuple[str, ...], ...]


def _table(
    runs: Sequence[IndexedRun],
    scalars: Mapping[str, Sequence[ScalarSummary]],
    options: CompareOptions,
    wanted: _Wanted,
) -> Table:
    """Columns in the order in which the runs bring them: of all runs those of the core
    first, then those of the operation, then those that were listed."""
    plans = _Plans(wanted, options)
    used: dict[int, _Plan] = {}
    rows: list[dict[str, Any]] = []
    for run in runs:
        known = scalars.get(run.id, ())
        plan = plans.of(run, known)
        used.setdefault(id(plan), plan)
        cells: dict[str, Any] = {}
        for header, get in plan.cells:
            if cells.get(header) is None:
                cells[header] = get(run, known)
        rows.append(cells)
    by_section = zip(*(plan.sections for plan in used.values()), strict=True)
    names = tuple(dict.fromkeys(name for parts in by_section for part in parts for name in part))
    return Table(names, tuple(tuple(map(cells.get, names)) for cells in rows))


def _plan(*sections: tuple[Column, ...]) -> _Plan:
    cells: list[tuple[str, Getter]] = []
    taken: dict[str, Column] = {}
    headers = []
    for section in sections:
        own = [_header(column, taken) for column in section]
        headers.append(tuple(own))
        cells += zip(own, map(columns.make_getter, section), strict=True)
    return _Plan(tuple(cells), tuple(headers))


def _header(column: Column, taken: dict[str, Column]) -> str:
    """The header of a run's column. Two functions of one scalar have the same one: then
    the second says which function it is. Other columns of one name are merged."""
    first = taken.setdefault(column.header, column)
    if first.name == column.name and first.kind == "scalar" and first != column:
        return column.full_header
    return column.header


class _Plans:
    """The plans of runs. An operation brings the columns of `compare` in its project,
    else the run's flags and, where it has scalars, the last step and those."""

    def __init__(self, wanted: _Wanted, options: CompareOptions) -> None:
        self._wanted = wanted
        self._system = options.all_scalars
        self._said: dict[tuple[OpRef | None, tuple[str, ...]], _Plan | None] = {}
        self._default: dict[tuple[str, ...], _Plan] = {}
        self._projects: dict[str, tuple[OpDef, ...]] = {}
        self._same = None if wanted.by_operation else _plan(wanted.core, (), wanted.listed)

    def of(self, run: IndexedRun, scalars: Sequence[ScalarSummary]) -> _Plan:
        if self._same:
            return self._same
        recorded = run.attrs.get("compare")
        specs = tuple(map(str, recorded)) if isinstance(recorded, list) else ()
        opref = run.opref and run.opref._replace(pkg_version="")
        key = (opref, specs)
        if key not in self._said:
            said = self._said_columns(opref, recorded is not None, specs)
            self._said[key] = None if said is None else self._with(said)
        return self._said[key] or self._of_all(run, scalars)

    def _of_all(self, run: IndexedRun, scalars: Sequence[ScalarSummary]) -> _Plan:
        names = (*run.flags, "", *[one.tag for one in scalars])
        if names not in self._default:
            tags = {one.tag for one in scalars}
            if not self._system:
                tags = {tag for tag in tags if not is_system(tag)}
            self._default[names] = self._with(
                (
                    *map(columns.flag_column, sorted(run.flags, key=natural_key)),
                    *((columns.STEP,) if tags else ()),
                    *map(columns.scalar_column, sorted(tags, key=natural_key)),
                )
            )
        return self._default[names]

    def _with(self, own: tuple[Column, ...]) -> _Plan:
        return _plan(self._wanted.core, own, self._wanted.listed)

    def _said_columns(
        self, opref: OpRef | None, is_recorded: bool, recorded: tuple[str, ...]
    ) -> tuple[Column, ...] | None:
        """What the project says now or, where that is gone, said when the run was made."""
        operation = None if opref is None else self._in_project(opref)
        specs = operation.compare if operation else recorded if is_recorded else None
        if specs is None:
            return None
        said = []
        for spec in specs:
            try:
                said.append(columns.parse_column(spec))
            except GuildError as error:
                log.warning(f"compare of operation {opref.full_name if opref else ''}: {error}")
        return tuple(said)

    def _in_project(self, opref: OpRef) -> OpDef | None:
        """The operation of that name in its project now; None where there is none any more."""
        if opref.type != "guildfile":
            return None
        if opref.pkg_name not in self._projects:
            self._projects[opref.pkg_name] = _operations(opref.pkg_name)
        named = (op for op in self._projects[opref.pkg_name] if op.name == opref.op)
        return next((op for op in named if op.model == opref.model), None)


def _operations(guildfile: str) -> tuple[OpDef, ...]:
    """The operations of a guild.yml; none where there is none, or what is being edited."""
    if not os.path.isfile(guildfile):
        return ()
    from guild.guildfile.load import load_guildfile

    try:
        return load_guildfile(guildfile).operations
    except GuildError:  # it says nothing about earlier runs
        return ()


def _sorted(
    compared: Comparison, scalars: Mapping[str, Sequence[ScalarSummary]], options: CompareOptions
) -> Comparison:
    """In the order that `options` asks for, and cut off where they say."""
    (header, rows), runs = compared
    name = options.min if options.max is None else options.max
    if name is None:
        return Comparison(Table(header, rows[: options.limit]), runs[: options.limit])
    if name in header:
        at = header.index(name)
        values = [row[at] for row in rows]
    else:
        column = columns.parse_column(name)
        values = [columns.get_value(column, run, scalars.get(run.id, ())) for run in runs]
        if all(value is None for value in values):
            log.warning(f"no run has {name!r} to sort by")
    by_value = order.sort_by_value(
        range(len(rows)), values.__getitem__, descending=options.max is not None
    )[: options.limit]
    return Comparison(
        Table(header, tuple(rows[n] for n in by_value)), tuple(runs[n] for n in by_value)
    )


def _without_unchanged(table: Table) -> Table:
    """Without the columns in which all rows have one value; `run` stays."""
    first = table.rows[0] if table.rows else ()
    keep = [
        at
        for at, name in enumerate(table.header)
        if name == _RUN.header or any(_differ(row[at], first[at]) for row in table.rows)
    ]
    return Table(
        tuple(table.header[at] for at in keep),
        tuple(tuple(row[at] for at in keep) for row in table.rows),
    )


def _differ(a: Any, b: Any) -> bool:
    both_nan = a != a and b != b
    return bool(a != b) and not both_nan
