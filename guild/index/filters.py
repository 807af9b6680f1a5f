"""Which runs a query means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from guild.base.clock import to_seconds
from guild.index.fields import get_field, operation_name
from guild.index.query import IndexedRun, RunQuery
from guild.index.scalar_values import Float32
from guild.scalars import scalar_names

if TYPE_CHECKING:
    from guild.index.expressions import Expression, Reference
    from guild.scalars.run_scalars import ScalarSummary

Test = Callable[[IndexedRun], bool]
# The scalars with one of some tags of some runs, by id.
ReadScalars = Callable[[Collection[str], Collection[str]], Mapping[str, Sequence["ScalarSummary"]]]


class RunFilter:
    """Tests of single runs, and maybe an expression over their values."""

    def __init__(self, tests: Sequence[Test], expression: Expression | None) -> None:
        self._tests = tests
        self._expression = expression

    def of(self, runs: Sequence[IndexedRun], read_scalars: ReadScalars) -> list[IndexedRun]:
        """Those of `runs` that pass, in their order."""
        for test in self._tests:
            runs = [run for run in runs if test(run)]
        return list(runs) if self._expression is None else self._hold(runs, read_scalars)

    def reads_scalars_alone(self, may_be_known: Callable[[str], bool]) -> bool:
        """Whether the scalars of a run are all that is looked at. `may_be_known` tells whether
        a name may be that of an attribute or a flag of some run."""
        if self._tests or self._expression is None:
            return False
        return all(
            reference.kind == "scalar" or (not reference.kind and not may_be_known(reference.name))
            for reference in self._expression.references
        )

    def of_scalars(self, ids: Sequence[str], read_scalars: ReadScalars) -> set[str]:
        """Those of the runs `ids` that pass by their scalars alone."""
        assert self._expression is not None
        holds, references = self._expression
        scalars = read_scalars(ids, {scalar_names.split_name(one.name)[1] for one in references})
        getters = {reference: _scalar_getter(reference) for reference in references}
        return {
            run_id
            for run_id in ids
            if holds(partial(_got_scalar, getters, scalars.get(run_id, ())))
        }

    def _hold(self, runs: Sequence[IndexedRun], read_scalars: ReadScalars) -> list[IndexedRun]:
        assert self._expression is not None
        holds, references = self._expression
        maybe_scalars = [reference for reference in references if _may_be_scalar(reference, runs)]
        scalars: Mapping[str, Sequence[ScalarSummary]] = {}
        if maybe_scalars and runs:
            tags = {scalar_names.split_name(reference.name)[1] for reference in maybe_scalars}
            scalars = read_scalars([run.id for run in runs], tags)
        getters = {reference: _getter(reference) for reference in references}
        kept = []
        for run in runs:
            own = scalars.get(run.id, ())
            if holds(partial(_got, getters, run, own)):
                kept.append(run)
        return kept


def make_filter(query: RunQuery, now: float) -> RunFilter | None:
    """The filter that `query` asks for; None if it means every run of its folder.

    Raises GuildError for a filter expression or a time range that cannot be read.
    """
    tests = _tests(query, now)
    expression = None
    if query.expression is not None:
        from guild.index import expressions  # its patterns take time that listings do not have

        expression = expressions.parse_expression(query.expression)
    return RunFilter(tests, expression) if tests or expression else None


def _tests(query: RunQuery, now: float) -> list[Test]:
    tests: list[Test] = []
    if query.statuses:
        tests.append(lambda run: run.status in query.statuses)
    if query.operations:
        tests.append(lambda run: any(_is_operation(run, name) for name in query.operations))
    if query.labels:
        tests.append(lambda run: any(_has_label(run, text) for text in query.labels))
    if query.unlabeled:
        tests.append(lambda run: not run.label)
    if query.tags:
        tests.append(lambda run: any(tag in _items(run, "tags") for tag in query.tags))
    if query.comments:
        parts = [part.lower() for part in query.comments]
        tests.append(lambda run: any(part in text for text in _comments(run) for part in parts))
    if query.marked:
        tests.append(lambda run: run.marked)
    if query.unmarked:
        tests.append(lambda run: not run.marked)
    if query.started is not None:
        from guild.index import timeranges

        times = timeranges.parse_time_range(query.started, now)
        tests.append(lambda run: run.started is not None and times.holds(to_seconds(run.started)))
    if query.digest is not None:
        digest = query.digest
        tests.append(lambda run: str(run.attrs.get("sourcecode_digest") or "").startswith(digest))
    return tests


def _is_operation(run: IndexedRun, name: str) -> bool:
    """Whether `name` is the operation `OP`, with or without `MODEL:` (or `:`, for that of any
    model) and `PACKAGE/` before it, or one of these alone; or a batch's whole name."""
    if run.opref is None:
        return False
    op, model, full = run.opref.op, run.opref.model, run.opref.full_name
    if name in (op, full, f":{op}") or (model and name == f"{model}:"):
        return True
    if run.is_batch and "+" in name:
        return name == operation_name(run)
    if run.opref.type != "package":
        return False
    package = run.opref.pkg_name
    return name in (package, f"{package}/", f"{package}/{op}", f"{package}/{full}")


def _has_label(run: IndexedRun, text: str) -> bool:
    return not run.label if text == "-" else text in run.label


def _items(run: IndexedRun, name: str) -> list[Any]:
    value = run.attrs.get(name)
    return value if isinstance(value, list) else []


def _comments(run: IndexedRun) -> list[str]:
    comments = _items(run, "comments")
    return [
        str(item.get(part) or "").lower()
        for item in comments
        if isinstance(item, dict)
        for part in ("body", "user", "host")
    ]


def _may_be_scalar(reference: Reference, runs: Sequence[IndexedRun]) -> bool:
    """Whether some run has to have its scalars looked at for `reference`."""
    if reference.kind:
        return reference.kind == "scalar"
    return any(_look_up_plain(run, "", reference.name) is None for run in runs)


Get = Callable[[IndexedRun, Sequence["ScalarSummary"]], Any]
GetScalar = Callable[[Sequence["ScalarSummary"]], Any]


def _got(
    getters: Mapping[Reference, Get],
    run: IndexedRun,
    scalars: Sequence[ScalarSummary],
    reference: Reference,
) -> Any:
    return getters[reference](run, scalars)


def _got_scalar(
    getters: Mapping[Reference, GetScalar],
    scalars: Sequence[ScalarSummary],
    reference: Reference,
) -> Any:
    return getters[reference](scalars)


def _scalar_getter(reference: Reference) -> GetScalar:
    """The value of a scalar, None where it is not there."""
    _, name, qualifier, step = reference

    def get(scalars: Sequence[ScalarSummary]) -> Any:
        scalar = scalar_names.find_scalar(scalars, name) if scalars else None
        if scalar is None:
            return None
        value = scalar_names.get_scalar_value(scalar, qualifier, step)
        return Float32(value) if isinstance(value, float) else value

    return get


def _getter(reference: Reference) -> Get:
    """The value in a run: without a kind, of an attribute, else a flag, else a scalar."""
    kind, name = reference.kind, reference.name
    get_scalar = _scalar_getter(reference)

    def get(run: IndexedRun, scalars: Sequence[ScalarSummary]) -> Any:
        if kind != "scalar":
            value = _look_up_plain(run, kind, name)
            if value is not None or kind:
                return value
        return get_scalar(scalars)

    return get


def _look_up_plain(run: IndexedRun, kind: str, name: str) -> Any:
    value = get_field(run, name) if kind != "flag" else None
    return run.flags.get(name) if value is None and kind != "attr" else value
