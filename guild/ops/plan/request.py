"""Requests for runs: the same from the command line, a step and the API."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guild.base.named_tuple import NamedTuple
from guild.ops.plan.step_of import StepOf
from guild.run import Run


class BatchRequest(NamedTuple):
    """The part of a request that concerns a batch as a whole.

    Attributes:
        rows: the trials of batch files; None without a batch file.
        optimizer: the optimizer's name; None for a grid, or for random search if a flag is
            a range.
        optimize: use the operation's default optimizer.
        optimizer_words: `NAME=VAL` options of the optimizer, as on the command line.
        optimizer_values: options of the optimizer as values.
        minimize, maximize: the objective, a column; None for the operation's own.
        max_trials: None for the default.
        random_seed: the seed for sampling; None for a new one.
        label, tags, comment: of the batch.
    """

    rows: tuple[Mapping[str, Any], ...] | None = None
    optimizer: str | None = None
    optimize: bool = False
    optimizer_words: tuple[str, ...] = ()
    optimizer_values: Mapping[str, Any] = {}  # never modified
    minimize: str | None = None
    maximize: str | None = None
    max_trials: int | None = None
    random_seed: int | None = None
    label: str | None = None
    tags: tuple[str, ...] = ()
    comment: str | None = None

    def common_flags(self) -> frozenset[str]:
        """Return the names of the flags that each trial of the batch files sets."""
        first, *others = [frozenset(row) for row in self.rows or ()] or [frozenset[str]()]
        return first.intersection(*others)

    @property
    def is_search(self) -> bool:
        """Check whether an optimizer is requested."""
        return self.optimizer is not None or self.optimize


class RunRequest(NamedTuple):
    """A request for one run, or for a batch of runs.

    Attributes:
        opspec: `[MODEL:]OPERATION`, a file or a module; None for the default operation, or
            for the operation of `proto` or `restart`.
        assignments: `NAME=VAL` as on the command line, with or without a leading `--`.
        values: flag values that need no decoding; `assignments` override them.
        batch_files: files with the flags of one trial per row.
        label, tags, comment: of the run; a label may refer to flags as `${NAME}`.
        proto: a run or a batch to repeat: its operation, flags and source code are used.
        restart: a run or a batch to start again, in its own directory.
        needed: skip runs that an earlier run with the same flags makes unnecessary.
        run_dir: a run directory outside the home; None for a new run in the home.
        run_id: the id of the new run or batch; None for a random one.
        dependencies: paths of files that the run requires in addition.
        is_staging: whether the run is started later, so that runs it requires can be staged too.
        force_sourcecode: with `proto` or `restart`, use the project's source code.
        force_flags: accept any flag and any value.
        force_deps: continue if a requirement is missing.
        gpus: the value of CUDA_VISIBLE_DEVICES; empty for no GPU, None to leave it unset.
        random_seed: None for a new one.
        debug_sourcecode: a directory to import source code from, instead of the run's copy.
        breakpoints, break_on_error: where the debugger stops a Python operation.
        keep_run: keep a run that its operation deletes on success.
        step: the place among the steps of another run, if the run is a step.
        batch: the part that concerns a batch.
        params: the options as the user gave them, which the run records.
        base: values that replace the defaults of flags; those of `proto`.
        base_varies: whether lists in `base` are values to try, as those of a batch are.
    """

    opspec: str | None = None
    assignments: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}  # never modified
    batch_files: tuple[Path, ...] = ()
    label: str | None = None
    tags: tuple[str, ...] = ()
    comment: str | None = None
    proto: Run | None = None
    restart: Run | None = None
    needed: bool = False
    run_dir: Path | None = None
    run_id: str | None = None
    dependencies: tuple[str, ...] = ()
    is_staging: bool = False
    force_sourcecode: bool = False
    force_flags: bool = False
    force_deps: bool = False
    gpus: str | None = None
    random_seed: int | None = None
    debug_sourcecode: str | None = None
    breakpoints: tuple[str, ...] = ()
    break_on_error: bool = False
    keep_run: bool = False
    step: StepOf | None = None
    batch: BatchRequest = BatchRequest()
    params: Mapping[str, Any] = {}  # never modified
    base: Mapping[str, Any] = {}  # never modified
    base_varies: bool = False
