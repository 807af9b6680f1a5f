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
from guild.context import Context
from guild.flags.functions import values_with_ranges
from guild.index.comparison_table import CompareOptions, Table
from guild.index.query import IndexedRun, RunQuery
from guild.launch.execution import BACKGROUND, RUN, STAGE, ExecuteOptions
from guild.launch.function_search import SearchOptions
from guild.ops.functions.function_run import FunctionRunOptions
from guild.ops.plan.request import BatchRequest, RunRequest
from guild.run import Run
from guild.runs import manifest
from guild.scalars.run_scalars import ScalarSummary
from guild.scalars.scalar_names import format_name

Runs: TypeAlias = AnyRun | Iterable[AnyRun]
Operation: TypeAlias = str | Callable[..., Any]


# -- Running


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
    dependencies: Sequence[str | os.PathLike[str]] = (),
    gpus: str | None = None,
    random_seed: int | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    run_dir: str | os.PathLike[str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Run:
    """Run `operation` with `flags` and return its run when it has ended, however it ended.

    A string is what `guild run` accepts in the directory `cwd` (default: the current one): an
    operation of the guild.yml there, a script, a notebook. Its output is recorded and not
    printed. None is the default operation, or the one of `proto` or `restart`. A function is
    called in this process; only `label`, `tags`, `comment` and `home` apply to functions.

    Args:
        operation: an operation, a file, a module, or a function.
        flags: values by name.
        label, tags, comment: of the run; a label may refer to flags as `${NAME}`.
        proto: a run whose operation, flags and source code are used.
        restart: a run to start again in its own directory.
        needed: return an earlier run with the same flags that has not failed, if any.
        stage: only write the run directory; start it later by `restart`.
        background: return when the run has started.
        dependencies: files and directories that the run requires.
        gpus: comma-separated ids of the GPUs to use; an empty string for none.
        random_seed: of the run.
        stop_after: minutes after which the run is stopped.
        force_flags: accept unknown flags and invalid values.
        force_deps: continue if a requirement is missing.
        force_sourcecode: use the project's source code with `proto` or `restart`.
        run_dir: a run directory outside of the home.

    Raises GuildError for an operation that does not exist, invalid flags, and flags that
    expand to several runs; RunError for what a function raises, and RunTerminated for Ctrl-C.
    """
    from guild.api import running

    if callable(operation):
        options = FunctionRunOptions(label=label, tags=tags, comment=comment)
        return running.run_function(operation, flags or {}, options, _home(home))
    request = RunRequest(
        opspec=operation,
        values=values_with_ranges(flags or {}),
        label=label,
        tags=tuple(tags),
        comment=comment,
        proto=_directory(proto),
        restart=_directory(restart),
        needed=needed,
        run_dir=None if run_dir is None else Path(os.path.abspath(run_dir)),
        dependencies=tuple(os.fspath(path) for path in dependencies),
        force_sourcecode=force_sourcecode,
        force_flags=force_flags,
        force_deps=force_deps,
        gpus=gpus,
        random_seed=random_seed,
    )
    execution = ExecuteOptions(
        mode=STAGE if stage else BACKGROUND if background else RUN,
        quiet=True,
        stop_after=stop_after,
    )
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
    dependencies: Sequence[str | os.PathLike[str]] = (),
    gpus: str | None = None,
    stop_after: float | None = None,
    force_flags: bool = False,
    force_deps: bool = False,
    force_sourcecode: bool = False,
    fail_on_trial_error: bool = False,
    cwd: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> list[Run]:
    """Run a trial of `operation` for each choice of flags, and return the trials in order.

    Each value of a list is tried. A slice `slice(LOW, HIGH)` or a distribution is a range
    from which the optimizer of `options` chooses. A trial that fails does not end the search
    of an operation, unless `fail_on_trial_error` is true, but it ends that of a function.

    Args:
        jobs: how many trials run at a time.
        proto: a batch, or a run, to repeat.
        restart: a batch to resume; it keeps its flags.
        stage: only write the batch; start it later by `restart`.

    Other arguments are those of `run`, and so are the errors raised.
    """
    from guild.api import running

    if callable(operation):
        run_options = FunctionRunOptions(label=label, tags=tags, comment=comment)
        return running.search_function(
            operation,
            flags,
            options,
            run_options,
            _context(cwd, home),
            jobs=jobs,
            restart=_directory(restart),
        )
    _ = options.objective  # raises an error for two objectives
    request = RunRequest(
        opspec=operation,
        values=values_with_ranges(flags),
        label=label,
        tags=tuple(tags),
        comment=comment,
        proto=_directory(proto),
        restart=_directory(restart),
        needed=needed,
        dependencies=tuple(os.fspath(path) for path in dependencies),
        force_sourcecode=force_sourcecode,
        force_flags=force_flags,
        force_deps=force_deps,
        gpus=gpus,
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
        mode=STAGE if stage else BACKGROUND if background else RUN,
        quiet=True,
        stop_after=stop_after,
        jobs=jobs,
        fail_on_trial_error=fail_on_trial_error,
    )
    return running.search_operation(request, _context(cwd, home), execution)


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


def _context(cwd: str | os.PathLike[str] | None, home: str | os.PathLike[str] | None) -> Context:
    directory = Path(os.getcwd() if cwd is None else os.path.abspath(cwd))
    return Context(_home(home), directory, os.environ)


def _directory(run: AnyRun | None) -> Run | None:
    return run.run if isinstance(run, IndexedRun) else run


def _several(runs: Runs) -> list[AnyRun]:
    # An IndexedRun is a tuple, and so looks like several.
    return [runs] if isinstance(runs, (Run, IndexedRun)) else list(runs)


def _directories(runs: Runs) -> list[Run]:
    return [one if isinstance(one, Run) else one.run for one in _several(runs)]
