"""Comparison tables: a row for each run, with columns chosen by operation and options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError
from guild.index import columns, order
from guild.index.columns import Column, Getter
from guild.index.order import natural_key
from guild.index.query import IndexedRun, RunQuery
from guild.opref import OpRef
from guild.scalars.scalar_names import is_system, split_name

if TYPE_CHECKING:
    from guild.guildfile.opdef import OpDef
    from guild.index.run_index import RunIndex
    from guild.scalars.run_scalars import ScalarSummary


class Table(NamedTuple):
    """A header, and rows of as many values. Missing values are None.

    Numbers, booleans and strings have their recorded types; times are strings.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class CompareOptions(NamedTuple):
    """The options of a comparison, as of `guild compare`.

    Attributes:
        columns: additional columns (see docs/languages.md).
        strict_columns: show only these columns and `run`.
        skip_core: omit operation, started, time, status and label.
        skip_op_cols: omit the columns of the operations.
        skip_unchanged: omit columns with the same value in all rows.
        all_scalars: include system metrics (`sys/...`).
        extra_columns: include the source code digest.
        min, max: sort by this header or column, lowest (min) or highest (max) first.
        limit: the maximum number of rows, applied after sorting.
        include_batch: include batch runs.
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


_CORE = tuple(Column("attr", name) for name in ("operation", "started", "time", "status", "label"))
_RUN = Column("attr", "run")
_EXTRA = Column("attr", "sourcecode")


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
    selection = _select_columns(options)
    if not options.include_batch:
        runs = [run for run in runs if not run.is_batch]
    scalars = _read_scalars(index, runs, options, selection, query)
    if not runs:
        return Comparison(Table((), ()), ())
    table = _make_table(runs, scalars, options, selection)
    comparison = _sort(Comparison(table, tuple(runs)), scalars, options)
    if options.skip_unchanged:
        return comparison._replace(table=_without_unchanged(comparison.table))
    return comparison


class _Selection(NamedTuple):
    """The columns selected by options.

    Attributes:
        core: the core columns.
        by_operation: whether to include the columns of each run's operation.
        listed: the columns listed by the user.
        sort: the column to sort by, unless it is a header.
    """

    core: tuple[Column, ...]
    by_operation: bool
    listed: tuple[Column, ...]
    sort: Column | None


def _select_columns(options: CompareOptions) -> _Selection:
    sort = _sort_column(options)
    if options.strict_columns is not None and options.columns is not None:
        raise GuildError("--columns cannot be used with --strict-columns")
    if options.strict_columns:
        return _Selection(
            (_RUN,), False, tuple(columns.parse_columns(options.strict_columns)), sort
        )
    core = (_RUN,) if options.skip_core else (_RUN, *_CORE)
    if options.extra_columns:
        core = (*core, _EXTRA)
    listed = tuple(columns.parse_columns(options.columns or ""))
    return _Selection(core, not options.skip_op_cols, listed, sort)


def _sort_column(options: CompareOptions) -> Column | None:
    """Return the column that `min` or `max` specifies; None if it can only be a header."""
    if options.min is not None and options.max is not None:
        raise GuildError("--min cannot be used with --max")
    try:
        return columns.parse_column(options.min or options.max or "")
    except GuildError:
        return None


def _read_scalars(
    index: RunIndex,
    runs: Sequence[IndexedRun],
    options: CompareOptions,
    selection: _Selection,
    query: RunQuery,
) -> Mapping[str, Sequence[ScalarSummary]]:
    named = [column.name for column in (*selection.listed, selection.sort) if column]
    system = options.all_scalars or any(is_system(split_name(name)[1]) for name in named)
    return index.read_scalars([run.id for run in runs], query, system=system)


class _Layout(NamedTuple):
    """The columns that a group of runs shares.

    Attributes:
        cells: the header and the getter of each column.
        sections: the headers of the core columns, the operation's and the listed ones.
    """

    cells: tuple[tuple[str, Getter], ...]
    sections: tuple[tuple[str, ...], ...]


def _make_table(
    runs: Sequence[IndexedRun],
    scalars: Mapping[str, Sequence[ScalarSummary]],
    options: CompareOptions,
    selection: _Selection,
) -> Table:
    """Make the table: core columns of all runs first, then the operations', then listed ones."""
    layouts = _Layouts(selection, options)
    used: dict[int, _Layout] = {}
    rows: list[dict[str, Any]] = []
    for run in runs:
        run_scalars = scalars.get(run.id, ())
        layout = layouts.find(run, run_scalars)
        used.setdefault(id(layout), layout)
        cells: dict[str, Any] = {}
        for header, get in layout.cells:
            if cells.get(header) is None:
                cells[header] = get(run, run_scalars)
        rows.append(cells)
    by_section = zip(*(layout.sections for layout in used.values()), strict=True)
    names = tuple(dict.fromkeys(name for parts in by_section for part in parts for name in part))
    return Table(names, tuple(tuple(map(cells.get, names)) for cells in rows))


def _make_layout(*sections: tuple[Column, ...]) -> _Layout:
    cells: list[tuple[str, Getter]] = []
    taken: dict[str, Column] = {}
    headers = []
    for section in sections:
        own = [_header(column, taken) for column in section]
        headers.append(tuple(own))
        cells += zip(own, map(columns.make_getter, section), strict=True)
    return _Layout(tuple(cells), tuple(headers))


def _header(column: Column, taken: dict[str, Column]) -> str:
    """Return the header of a column.

    If a scalar appears with two qualifiers, the second header includes its qualifier. Other
    columns with the same header are merged.
    """
    first = taken.setdefault(column.header, column)
    if first.name == column.name and first.kind == "scalar" and first != column:
        return column.full_header
    return column.header


class _Layouts:
    """The layouts of runs, by operation and by default.

    The columns of a run's operation are those listed under `compare` in its project. By default
    they are the run's flags and, if it has any, its scalars and their last step.
    """

    def __init__(self, selection: _Selection, options: CompareOptions) -> None:
        self._selection = selection
        self._system = options.all_scalars
        self._explicit: dict[tuple[OpRef | None, tuple[str, ...]], _Layout | None] = {}
        self._default: dict[tuple[str, ...], _Layout] = {}
        self._projects: dict[str, tuple[OpDef, ...]] = {}
        self._same = (
            None if selection.by_operation else _make_layout(selection.core, (), selection.listed)
        )

    def find(self, run: IndexedRun, scalars: Sequence[ScalarSummary]) -> _Layout:
        """Return the layout of a run."""
        if self._same:
            return self._same
        recorded = run.attrs.get("compare")
        specs = tuple(map(str, recorded)) if isinstance(recorded, list) else ()
        opref = run.opref and run.opref._replace(pkg_version="")
        key = (opref, specs)
        if key not in self._explicit:
            explicit = self._explicit_columns(opref, recorded is not None, specs)
            self._explicit[key] = None if explicit is None else self._with_columns(explicit)
        return self._explicit[key] or self._find_default(run, scalars)

    def _find_default(self, run: IndexedRun, scalars: Sequence[ScalarSummary]) -> _Layout:
        names = (*run.flags, "", *[scalar.tag for scalar in scalars])
        if names not in self._default:
            tags = {scalar.tag for scalar in scalars}
            if not self._system:
                tags = {tag for tag in tags if not is_system(tag)}
            self._default[names] = self._with_columns(
                (
                    *(Column("flag", name) for name in sorted(run.flags, key=natural_key)),
                    *((columns.STEP,) if tags else ()),
                    *(Column("scalar", tag) for tag in sorted(tags, key=natural_key)),
                )
            )
        return self._default[names]

    def _with_columns(self, own: tuple[Column, ...]) -> _Layout:
        return _make_layout(self._selection.core, own, self._selection.listed)

    def _explicit_columns(
        self, opref: OpRef | None, is_recorded: bool, recorded: tuple[str, ...]
    ) -> tuple[Column, ...] | None:
        """Return the columns listed in the project, or else those recorded with the run.

        None if the operation does not list columns.
        """
        operation = None if opref is None else self._find_operation(opref)
        specs = operation.compare if operation else recorded if is_recorded else None
        if specs is None:
            return None
        explicit = []
        for spec in specs:
            try:
                explicit.append(columns.parse_column(spec))
            except GuildError as error:
                log.warning(f"compare of operation {opref.full_name if opref else ''}: {error}")
        return tuple(explicit)

    def _find_operation(self, opref: OpRef) -> OpDef | None:
        """Return the operation in its project; None if it no longer exists."""
        if opref.type != "guildfile":
            return None
        if opref.pkg_name not in self._projects:
            self._projects[opref.pkg_name] = _load_operations(opref.pkg_name)
        named = (op for op in self._projects[opref.pkg_name] if op.name == opref.op)
        return next((op for op in named if op.model == opref.model), None)


def _load_operations(guildfile: str) -> tuple[OpDef, ...]:
    """Return the operations of a guild.yml; none if it is missing or invalid."""
    if not os.path.isfile(guildfile):
        return ()
    from guild.guildfile.load import load_guildfile

    try:
        return load_guildfile(guildfile).operations
    except GuildError:  # runs can be compared while the file is being edited
        return ()


def _sort(
    comparison: Comparison, scalars: Mapping[str, Sequence[ScalarSummary]], options: CompareOptions
) -> Comparison:
    """Sort and limit the rows as specified by `options`."""
    (header, rows), runs = comparison
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
    """Remove the columns with the same value in all rows, except `run`."""
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
