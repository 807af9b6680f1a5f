"""The functions of `guild.api`.

`home` is the directory of a Guild home; by default it is the current one, as set by
`SetGuildHome` or `GUILD_HOME`. Functions that accept several runs also accept a single one. All
raise GuildError for invalid arguments, and for runs and files that cannot be read or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from guild import config
from guild.api import changes, lookup, removal, selection, transfers
from guild.api.lookup import AnyRun
from guild.base.errors import GuildError
from guild.context import Context
from guild.flags.functions import values_with_ranges
from guild.index.comparison_table import CompareOptions, Table
from guild.index.query import IndexedRun, RunQuery
from guild.launch.execution import BACKGROUND, RUN, STAGE, ExecuteOptions
from guild.launch.function_search import SearchOptions
from guild.ops.functions.function_run import FunctionRunOptions
from guild.ops.functions.function_run import RunError as RunError
from guild.ops.functions.function_run import RunException as RunException
from guild.ops.functions.function_run import RunTerminated as RunTerminated
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.run import Run
from guild.runs import manifest
from guild.scalars.run_scalars import ScalarSummary
from guild.scalars.scalar_names import format_name

Runs: TypeAlias = AnyRun | Iterable[AnyRun]
Operation: TypeAlias = str | Callable[..., Any]
StrPath: TypeAlias = str | os.PathLike[str]


# -- Run


def run(
    operation: Operation | None = None,
    flags: Mapping[str, Any] | None = None,
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    proto: AnyRun | None = None,
    restart: AnyRun | None = None,
    needed: bool = False,
    stage: bool = False,
    background: bool = False,
    dependencies: Sequence[StrPath] = (),
    gpus: str | None = None,
    random_seed: int | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    run_dir: StrPath | None = None,
    cwd: StrPath | None = None,
    home: StrPath | None = None,
) -> Run:
    """Run `operation` with `flags`, wait for its end and return the run, even if it failed.

    A string is what `guild run` accepts in the directory `cwd` (default: the current one): an
    operation of its guild.yml, a script, a notebook. Output is recorded and not printed. None is
    the default operation, or that of `proto` or `restart`. A function is called in this process;
    only `label`, `tags`, `comment` and `home` apply to functions.

    Args:
        operation: an operation, a file, a module, or a function.
        flags: values by name.
        label, tags, comment: attributes of the run; a label may refer to flags as `${NAME}`.
        proto: a run whose operation, flags and source code are used.
        restart: a run to start again in its own directory.
        needed: return an earlier run with the same flags that has not failed, if any.
        stage: only write the run directory; start it later by `restart`.
        background: return when the run has started.
        dependencies: files and directories that the run requires.
        gpus: comma-separated ids of the GPUs to use; an empty string for none.
        random_seed: the run's random seed (default: a new one).
        stop_after: minutes after which the run is stopped.
        force_flags: accept unknown flags and invalid values.
        force_deps: continue if a requirement is missing.
        force_sourcecode: use the project's source code with `proto` or `restart`.
        run_dir: a run directory outside of the home.

    Raises GuildError for an operation that does not exist, invalid flags, and flags that
    expand to several runs; RunError if a function raises an exception, and RunTerminated if
    Ctrl-C interrupts it.
    """
    from guild.api import running

    attrs = FunctionRunOptions(label=label, tags=tags, comment=comment)
    if callable(operation):
        return running.run_function(operation, flags or {}, attrs, _home(home))
    request = _make_request(operation, flags or {}, attrs, proto, restart, dependencies)._replace(
        needed=needed,
        run_dir=None if run_dir is None else Path(os.path.abspath(run_dir)),
        gpus=gpus,
        random_seed=random_seed,
        force_flags=force_flags,
        force_deps=force_deps,
        force_sourcecode=force_sourcecode,
    )
    execution = ExecuteOptions(_mode(stage, background), quiet=True, stop_after=stop_after)
    return running.run_operation(request, _context(cwd, home), execution)


def search(
    operation: Operation | None,
    flags: Mapping[str, Any],
    options: SearchOptions = SearchOptions(),  # noqa: B008  # immutable
    *,
    label: str | None = None,
    tags: Sequence[str] = (),
    comment: str | None = None,
    jobs: int = 1,
    proto: AnyRun | None = None,
    restart: AnyRun | None = None,
    needed: bool = False,
    stage: bool = False,
    background: bool = False,
    dependencies: Sequence[StrPath] = (),
    gpus: str | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    fail_on_trial_error: bool = False,
    cwd: StrPath | None = None,
    home: StrPath | None = None,
) -> list[Run]:
    """Run a trial of `operation` for each choice of flags, and return the trials in order.

    Each value of a list is tried. A slice `slice(LOW, HIGH)` or a distribution is a range
    from which the optimizer of `options` chooses. A trial that fails ends the search of a
    function, and that of an operation if `fail_on_trial_error` is set.

    Args:
        jobs: the number of trials to run at a time.
        proto: a batch, or a run, to repeat.
        restart: a batch to resume; it keeps its flags.
        stage: only write the batch; start it later by `restart`.

    The other arguments and the errors are those of `run`.
    """
    from guild.api import running

    attrs = FunctionRunOptions(label=label, tags=tags, comment=comment)
    if callable(operation):
        batch, ctx = _directory(restart), _context(cwd, home)
        return running.search_function(
            operation, flags, options, attrs, ctx, jobs=jobs, restart=batch
        )
    _ = options.objective  # raises an error for two objectives
    request = _make_request(operation, flags, attrs, proto, restart, dependencies)._replace(
        needed=needed,
        gpus=gpus,
        force_flags=force_flags,
        force_deps=force_deps,
        force_sourcecode=force_sourcecode,
        batch=BatchRequest(
            optimizer=options.optimizer,
            optimizer_values=options.optimizer_options,
            minimize=options.minimize,
            maximize=options.maximize,
            max_trials=options.max_trials,
            random_seed=options.random_seed,
        ),
    )
    execution = ExecuteOptions(
        _mode(stage, background),
        quiet=True,
        stop_after=stop_after,
        jobs=jobs,
        fail_on_trial_error=fail_on_trial_error,
    )
    return running.search_operation(request, _context(cwd, home), execution)


def _make_request(
    operation: str | None,
    flags: Mapping[str, Any],
    attrs: FunctionRunOptions,
    proto: AnyRun | None,
    restart: AnyRun | None,
    dependencies: Sequence[StrPath],
) -> RunRequest:
    return RunRequest(
        opspec=operation,
        values=values_with_ranges(flags),
        label=attrs.label,
        tags=tuple(attrs.tags),
        comment=attrs.comment,
        proto=_directory(proto),
        restart=_directory(restart),
        dependencies=tuple(os.fspath(path) for path in dependencies),
    )


def _mode(stage: bool, background: bool) -> str:
    return STAGE if stage else BACKGROUND if background else RUN


# -- Find


def runs(
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    *,
    home: StrPath | None = None,
) -> list[IndexedRun]:
    """Return the runs that match `query`, newest first.

    Raises GuildError for an invalid filter expression or time range.
    """
    return selection.select_runs(_home(home), query)


def select(
    *specs: str,
    query: RunQuery = RunQuery(),  # noqa: B008  # immutable
    home: StrPath | None = None,
) -> list[IndexedRun]:
    """Return the runs that `specs` name, each once, among those that match `query`.

    A spec is an index (`1` is the newest run), a range `2:5`, the start of an id, or a path.
    Raises GuildError for a spec that matches no run, and for one that starts several ids.
    """
    return selection.select_named(_home(home), specs, query)


# -- Read


def flags(run: AnyRun) -> dict[str, Any]:
    """Return the flag values of `run` by name."""
    return dict(run.flags)


def scalars(runs: Runs) -> list[tuple[Run, ScalarSummary]]:
    """Return a summary of each scalar of `runs`: first, last, lowest ... value and step."""
    return lookup.list_scalars(_list_runs(runs))


def compare(
    runs: Runs,
    options: CompareOptions = CompareOptions(),  # noqa: B008  # immutable
) -> Table:
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
        removal.delete_run(_home(home), run, permanent=permanent)


def restore(runs: Runs, *, home: StrPath | None = None) -> list[Run]:
    """Restore deleted runs and return them at their new place.

    Raises GuildError for a run that is not in the trash.
    """
    return [removal.restore_run(_home(home), run) for run in _list_directories(runs)]


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
        _home(home), directories, archive, move=move, copy_resources=copy_resources
    ).done


# -- Arguments


def _home(home: StrPath | None) -> Path:
    if home is None:
        return config.guild_home()
    path = Path(os.path.abspath(home))
    if not path.is_dir():
        raise GuildError(f"Guild home '{path}' does not exist; create it or choose another")
    return path


def _context(cwd: StrPath | None, home: StrPath | None) -> Context:
    directory = Path(os.getcwd() if cwd is None else os.path.abspath(cwd))
    return Context(_home(home), directory, os.environ)


def _directory(run: AnyRun | None) -> Run | None:
    return run.run if isinstance(run, IndexedRun) else run


def _list_runs(runs: Runs) -> list[AnyRun]:
    # An IndexedRun is a tuple, but it is a single run.
    return [runs] if isinstance(runs, (Run, IndexedRun)) else list(runs)


def _list_directories(runs: Runs) -> list[Run]:
    return [run if isinstance(run, Run) else run.run for run in _list_runs(runs)]
