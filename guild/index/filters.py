"""Filters of runs by a query."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from guild.base.clock import to_seconds
from guild.base.errors import GuildError
from guild.index.fields import get_field, operation_name, read_trial_opref
from guild.index.numbers import Float32
from guild.index.query import IndexedRun, RunQuery
from guild.run import typed_attr
from guild.scalars import scalar_names

if TYPE_CHECKING:
    from guild.index.expressions import Expression, Reference
    from guild.scalars.run_scalars import ScalarSummary

Test = Callable[[IndexedRun], bool]
# Reads the scalars with given tags of given runs, by run id.
ReadScalars = Callable[[Collection[str], Collection[str]], Mapping[str, Sequence["ScalarSummary"]]]


class RunFilter:
    """Tests of single runs, and optionally an expression over their values."""

    def __init__(self, tests: Sequence[Test], expression: Expression | None) -> None:
        self._tests = tests
        self._expression = expression

    def select(self, runs: Sequence[IndexedRun], read_scalars: ReadScalars) -> list[IndexedRun]:
        """Return the runs that pass, in their order."""
        for test in self._tests:
            runs = [run for run in runs if test(run)]
        return list(runs) if self._expression is None else self._evaluate(runs, read_scalars)

    def needs_only_scalars(self, may_be_name: Callable[[str], bool]) -> bool:
        """Return whether the filter depends only on the scalars of a run.

        `may_be_name` returns whether a name may be that of an attribute or a flag of some run.
        """
        if self._tests or self._expression is None:
            return False
        return all(
            reference.kind == "scalar" or (not reference.kind and not may_be_name(reference.name))
            for reference in self._expression.references
        )

    def select_ids(self, ids: Sequence[str], read_scalars: ReadScalars) -> set[str]:
        """Return the ids of the runs that pass, if the filter needs only scalars."""
        assert self._expression is not None
        holds, references = self._expression
        scalars = read_scalars(ids, _tags(references))
        getters = {reference: _scalar_getter(reference) for reference in references}
        return {
            run_id
            for run_id in ids
            if holds(partial(_look_up_scalar, getters, scalars.get(run_id, ())))
        }

    def _evaluate(self, runs: Sequence[IndexedRun], read_scalars: ReadScalars) -> list[IndexedRun]:
        assert self._expression is not None
        holds, references = self._expression
        scalars: Mapping[str, Sequence[ScalarSummary]] = {}
        if runs and (tags := _tags([ref for ref in references if _may_be_scalar(ref, runs)])):
            scalars = read_scalars([run.id for run in runs], tags)
        getters = {reference: _getter(reference) for reference in references}
        return [
            run for run in runs if holds(partial(_look_up, getters, run, scalars.get(run.id, ())))
        ]


def make_filter(query: RunQuery, now: float) -> RunFilter | None:
    """Make the filter of `query`; None if all runs of its folder match.

    Raises GuildError for an invalid filter expression or time range.
    """
    tests = _make_tests(query, now)
    expression = None
    if query.expression is not None:
        from guild.index import expressions  # its regular expressions would slow down listings

        expression = expressions.parse_expression(query.expression)
    return RunFilter(tests, expression) if tests or expression else None


def _tags(references: Collection[Reference]) -> set[str]:
    return {scalar_names.split_name(reference.name)[1] for reference in references}


def _make_tests(query: RunQuery, now: float) -> list[Test]:
    tests: list[Test] = []
    if query.statuses:
        tests.append(lambda run: run.status in query.statuses)
    if query.operations:
        matches = [_operation_test(name) for name in query.operations]
        tests.append(lambda run: any(match(run) for match in matches))
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


def _operation_test(name: str) -> Test:
    """Return the test of a run for `name`; see `RunQuery.operations`.

    Raises GuildError for an invalid regular expression.
    """
    if name.startswith("^") or name.endswith("$"):
        import re

        try:
            search = re.compile(name).search
        except re.error as error:
            raise GuildError(f"invalid regular expression '{name}': {error}") from None
        return lambda run: search(operation_name(run)) is not None
    if "*" in name:
        return _pattern_test(name)
    return lambda run: _is_operation(run, name)


def _pattern_test(pattern: str) -> Test:
    """Return the test for a pattern with `*`, which applies to each part of a name."""
    from fnmatch import fnmatchcase

    *packages, rest = pattern.rsplit("/", 1)
    *models, op = rest.rsplit(":", 1)

    def test(run: IndexedRun) -> bool:
        opref = (read_trial_opref(run) if run.is_batch else None) or run.opref
        if opref is None:
            return False
        package = opref.pkg_name if opref.type == "package" else ""
        name = operation_name(run).removeprefix(f"{opref.model}:")
        return (
            all(package and fnmatchcase(package, part) for part in packages if part)
            and all(opref.model and fnmatchcase(opref.model, part) for part in models if part)
            and (not op or fnmatchcase(name, op))
        )

    return test


def _is_operation(run: IndexedRun, name: str) -> bool:
    """Return whether `name` matches the operation of a run; see `RunQuery.operations`."""
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
    return typed_attr(name, run.attrs.get(name)) or []


def _comments(run: IndexedRun) -> list[str]:
    comments = _items(run, "comments")
    return [
        str(item.get(part) or "").lower()
        for item in comments
        if isinstance(item, dict)
        for part in ("body", "user", "host")
    ]


def _may_be_scalar(reference: Reference, runs: Sequence[IndexedRun]) -> bool:
    """Return whether `reference` is a scalar for any of the runs."""
    if reference.kind:
        return reference.kind == "scalar"
    return any(_look_up_attr_or_flag(run, "", reference.name) is None for run in runs)


Get = Callable[[IndexedRun, Sequence["ScalarSummary"]], Any]
GetScalar = Callable[[Sequence["ScalarSummary"]], Any]


def _look_up(
    getters: Mapping[Reference, Get],
    run: IndexedRun,
    scalars: Sequence[ScalarSummary],
    reference: Reference,
) -> Any:
    return getters[reference](run, scalars)


def _look_up_scalar(
    getters: Mapping[Reference, GetScalar],
    scalars: Sequence[ScalarSummary],
    reference: Reference,
) -> Any:
    return getters[reference](scalars)


def _scalar_getter(reference: Reference) -> GetScalar:
    """Return a function that gets the value of a scalar, or None if it is missing."""
    _, name, qualifier, step = reference

    def get(scalars: Sequence[ScalarSummary]) -> Any:
        scalar = scalar_names.find_scalar(scalars, name) if scalars else None
        if scalar is None:
            return None
        value = scalar_names.get_scalar_value(scalar, qualifier, step)
        return Float32(value) if isinstance(value, float) else value

    return get


def _getter(reference: Reference) -> Get:
    """Return a function that gets the value of a run.

    Without a kind, it is the attribute, or else the flag, or else the scalar.
    """
    kind, name = reference.kind, reference.name
    get_scalar = _scalar_getter(reference)

    def get(run: IndexedRun, scalars: Sequence[ScalarSummary]) -> Any:
        if kind != "scalar":
            value = _look_up_attr_or_flag(run, kind, name)
            if value is not None or kind:
                return value
        return get_scalar(scalars)

    return get


def _look_up_attr_or_flag(run: IndexedRun, kind: str, name: str) -> Any:
    value = get_field(run, name) if kind != "flag" else None
    return run.flags.get(name) if value is None and kind != "attr" else value
