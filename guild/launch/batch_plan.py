"""The recipe of a batch: what its trials are made from, and how they are chosen."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.flags.functions import LogUniform, Uniform
from guild.launch.default_space import with_ranges
from guild.launch.grid import DEFAULT_MAX_TRIALS, Grid, sample
from guild.opref import OpRef
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned, assign_values
from guild.ops.plan.plan import Plan, plan_run
from guild.ops.plan.request import BatchRequest, RunRequest

GRID = "+"
"""The name of a batch operation without an optimizer."""


class BatchPlan(NamedTuple):
    """What a batch will do.

    Attributes:
        opref: of the batch: `+`, `skopt:gp` ...
        proto: the plan that trials are made from; its flags hold lists and ranges.
        rows: of batch files.
        options: all options of the optimizer, by name; empty for a grid.
        user_options: those that were asked for.
        objective: the column that is minimized, `-` in front to maximize.
        max_trials: None for the optimizer's default.
        random_seed: of the choice of trials.
    """

    opref: OpRef
    proto: Plan
    rows: tuple[Mapping[str, Any], ...]
    options: dict[str, Any]
    user_options: dict[str, Any]
    objective: str
    max_trials: int | None
    random_seed: int
    label: str
    tags: tuple[str, ...]
    comment: str | None

    @property
    def optimizer(self) -> str | None:
        """The optimizer's name; None for a grid."""
        return None if self.opref.op == GRID else self.opref.full_name

    @property
    def name(self) -> str:
        return batch_name(self.proto.operation.name, self.opref)


def batch_name(operation: str, opref: OpRef) -> str:
    """What a batch of `operation` is called: `echo+`, `echo+skopt:gp`."""
    return f"{operation}+" if opref.op == GRID else f"{operation}+{opref.full_name}"


def plan_batch(trial: RunRequest, operation: Operation, assigned: Assigned) -> BatchPlan:
    """Return the plan of a batch of `operation` with the flags of `assigned`.

    Raises GuildError for an optimizer that does not exist, wrong options, and flags that
    give it nothing to choose from.
    """
    request = trial.batch
    name = _optimizer_name(request, operation, assigned)
    if name is not None:
        assigned = with_ranges(assigned, operation.flags, fixed=trial.base)
    proto = plan_run(trial, operation, _representative(assigned))
    proto = proto._replace(flags=dict(sorted(assigned.flags.items())))
    seed = request.random_seed if request.random_seed is not None else proto.random_seed
    batch = BatchPlan(
        opref=batch_opref(GRID),
        proto=proto,
        rows=_rows(request, trial, operation, assigned),
        options={},
        user_options={},
        objective=_objective(request, operation),
        max_trials=_max_trials(request, operation),
        random_seed=seed,
        label=_label(request, {}),
        tags=request.tags,
        comment=request.comment,
    )
    if name is None:
        if request.optimizer_words:
            raise no_optimizer(request.optimizer_words)
        Grid(assigned.flags, batch.rows)  # refuses what is no grid before anything starts
        return batch
    if batch.rows:
        raise GuildError(
            f"a batch file lists its trials, which leaves {name} nothing to choose - "
            "use lists instead of ranges, and no optimizer"
        )
    return _with_optimizer(batch, name, request, operation, assigned)


def no_optimizer(words: Sequence[str]) -> GuildError:
    """Return the error for the optimizer flags `words` without an optimizer."""
    return GuildError(f"invalid optimizer flag {words[0]}: no optimizer specified")


def _rows(
    request: BatchRequest, trial: RunRequest, operation: Operation, assigned: Assigned
) -> tuple[dict[str, Any], ...]:
    """The rows of batch files, checked as flags on the command line are, which win over them."""
    base = _representative(assigned).flags
    rows: list[dict[str, Any]] = []
    for number, asked in enumerate(request.rows or (), 1):
        try:
            checked = assign_values(
                operation.flags,
                (),
                asked,
                base=base,
                force=trial.force_flags,
                operation=operation.name,
            )
        except GuildError as error:
            raise GuildError(f"batch file, trial {number}: {error.message}") from None
        user = assigned.user_flags
        row = {n: value for n, value in checked.user_flags.items() if n not in user}
        for name, value in row.items():
            if isinstance(value, (Uniform, LogUniform)):
                raise GuildError(
                    f"batch file, trial {number}: flag '{name}' is a range, which only a batch "
                    "file of one trial may have - give it on the command line, or use a list"
                )
        rows += Grid(row)
    return tuple(rows)


def _with_optimizer(
    batch: BatchPlan,
    name: str,
    request: BatchRequest,
    operation: Operation,
    assigned: Assigned,
) -> BatchPlan:
    from guild.extend.search_space import Space
    from guild.launch.objective import Objective
    from guild.optimizers.registry import find_optimizer, make_optimizer, option_values

    kind = find_optimizer(name, operation.project_dir)
    user = _user_options(request, kind.options)
    options = option_values(kind, {**_said_options(operation, name, kind.name), **user})
    # Each refuses what is wrong before anything starts.
    make_optimizer(kind, options)
    Space.of(assigned.flags)
    Objective.parse(batch.objective)
    return batch._replace(
        opref=batch_opref(kind.name),
        options=options,
        user_options=user,
        label=_label(request, options),
    )


def batch_opref(optimizer: str) -> OpRef:
    """The opref of a batch by `optimizer`, or of a grid."""
    from guild import __version__

    model, colon, op = optimizer.rpartition(":")
    if optimizer.endswith(".py") or "/" in model or model.endswith(".py"):
        model, op = "", optimizer
    return OpRef("builtin", "guild-runner", __version__, model if colon else "", op)


def _representative(assigned: Assigned) -> Assigned:
    """Flags of which each has one value, so that a command and a label can be made."""
    flags = {name: _one_of(value) for name, value in assigned.flags.items()}
    return Assigned(flags, assigned.user_flags)


def _one_of(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value.low if isinstance(value, (Uniform, LogUniform)) else value


def to_text(value: Uniform | LogUniform) -> str:
    """A range as it is written: `[0:1]`, `loguniform[0.1:1:0.5]`."""
    numbers = [value.low, value.high, *([] if value.initial is None else [value.initial])]
    name = "loguniform" if isinstance(value, LogUniform) else ""
    return f"{name}[{':'.join(str(number) for number in numbers)}]"


def _optimizer_name(request: BatchRequest, operation: Operation, assigned: Assigned) -> str | None:
    if request.optimizer:
        defined = {opt.name: opt.algorithm for opt in operation.opdef.optimizers}
        return defined.get(request.optimizer, request.optimizer)
    if request.optimize:
        optimizers = operation.opdef.optimizers
        default = next((opt for opt in optimizers if opt.default), None)
        only = optimizers[0] if len(optimizers) == 1 else None
        chosen = default or only
        return chosen.algorithm if chosen else "gp"
    if any(isinstance(value, (Uniform, LogUniform)) for value in assigned.flags.values()):
        return "random"
    return None


def _said_options(operation: Operation, asked: str, found: str) -> dict[str, Any]:
    """What the guild.yml says of the optimizer that was chosen."""
    for opt in operation.opdef.optimizers:
        if asked in (opt.name, opt.algorithm) or found in (opt.name, opt.algorithm):
            return dict(opt.flags)
    return {}


def _user_options(request: BatchRequest, defs: Sequence[FlagDef] | None) -> dict[str, Any]:
    from guild.flags import values as flag_values
    from guild.ops.plan.assignments import split_assignments

    known = {flag.name: flag for flag in defs or ()}
    user = {
        name: flag_values.decode(text, known.get(name, FlagDef(name)))
        for name, text in split_assignments(request.optimizer_words)
    }
    return {**request.optimizer_values, **user}


def _objective(request: BatchRequest, operation: Operation) -> str:
    if request.minimize is not None:
        return request.minimize
    if request.maximize is not None:
        return f"-{request.maximize}"
    return operation.opdef.objective or "loss"


def _max_trials(request: BatchRequest, operation: Operation) -> int | None:
    most = request.max_trials
    if most is None:
        most = operation.opdef.default_max_trials
    if most is not None and most < 1:
        raise GuildError(f"invalid number of trials {most}: it must be at least 1")
    return most


def _label(request: BatchRequest, options: Mapping[str, Any]) -> str:
    from guild.ops.plan.label import default_label

    if request.label is not None:
        return request.label
    return " ".join([*request.tags, default_label(options, {})]).strip()


def known_trials(batch: BatchPlan) -> Sequence[dict[str, Any]] | None:
    """The flags of each trial where they are known before any has run, else None."""
    if batch.optimizer is None:
        return sample(Grid(batch.proto.flags, batch.rows), batch.max_trials, batch.random_seed)
    from guild.extend.optimizer import Trial
    from guild.extend.search_space import Space
    from guild.optimizers.randomness import new_rng
    from guild.optimizers.registry import find_optimizer, make_optimizer
    from guild.optimizers.suggestion import next_trial

    kind = find_optimizer(batch.optimizer, batch.proto.operation.project_dir)
    optimizer = make_optimizer(kind, batch.options)
    if optimizer.learns:
        return None
    space, rng = Space.of(batch.proto.flags), new_rng(batch.random_seed)
    trials: list[Trial] = []
    while len(trials) < (batch.max_trials or DEFAULT_MAX_TRIALS):
        flags = next_trial(kind.name, optimizer, space, trials, rng)
        if flags is None:
            break
        trials.append(Trial(flags, status="pending"))
    return [dict(trial.flags) for trial in trials]


def command(batch_id: str) -> list[str]:
    """The command that goes on with a batch."""
    return [sys.executable, "-m", "guild", "run", "--start", batch_id, "-y"]
