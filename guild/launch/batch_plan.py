"""The recipe of a batch: what its trials are made from, and how they are chosen."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.flags.functions import LogUniform, Uniform
from guild.launch.default_space import with_ranges
from guild.launch.grid import Grid, check_lists, sample
from guild.opref import OpRef
from guild.ops.define.operation import Operation
from guild.ops.plan.assignments import Assigned, assign_values, is_multiple
from guild.ops.plan.plan import Plan, plan_run
from guild.ops.plan.request import BatchRequest, RunRequest

GRID = "+"
"""The name of a batch operation without an optimizer."""

DEFAULT_MAX_TRIALS = 20
"""The number of trials of a search; a grid runs all its combinations."""


class BatchPlan(NamedTuple):
    """The decisions about a batch before anything is written.

    Attributes:
        opref: of the batch: `+`, `skopt:gp` ...
        proto: the plan that trials are made from; its flags hold lists and ranges.
        rows: of batch files.
        options: all options of the optimizer, by name; empty for a grid.
        user_options: those that were asked for.
        objective: the column that is minimized, `-` in front to maximize.
        max_trials: None for all combinations of a grid, and the default of a search.
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
        """Return the optimizer's name, or None for a grid."""
        return None if self.opref.op == GRID else self.opref.full_name

    @property
    def name(self) -> str:
        return batch_name(self.proto.operation.name, self.opref)


def batch_name(operation: str, opref: OpRef) -> str:
    """Return the name of a batch of `operation`, such as `echo+` or `echo+skopt:gp`."""
    return f"{operation}+" if opref.op == GRID else f"{operation}+{opref.full_name}"


def plan_batch(trial: RunRequest, operation: Operation, assigned: Assigned) -> BatchPlan:
    """Return the plan of a batch of `operation` with the flags of `assigned`.

    Raises GuildError for an unknown optimizer, invalid options, and flags that leave the
    optimizer nothing to choose.
    """
    request = trial.batch
    name = optimizer_name(request, operation, assigned)
    if name is not None:
        assigned = with_ranges(assigned, operation.flags, fixed=trial.base)
    tried = {name for row in request.rows or () for name in row}
    fixed = {name for name, value in assigned.flags.items() if not is_multiple(value)}
    operation = operation.with_own_defaults(fixed - tried)
    proto = plan_run(trial, operation, first_values(assigned))
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
        if trial.force_flags:
            user = _user_options(request, None)
            return batch._replace(options=user, user_options=user, label=_label(request, user))
        if request.optimizer_words:
            raise no_optimizer(request.optimizer_words)
        check_lists(assigned.flags)
        return batch
    if batch.rows:
        raise GuildError(
            f"batch files cannot be used with optimizer {name}: they list their trials; "
            "use lists instead of ranges and no optimizer"
        )
    return _with_optimizer(batch, name, request, operation, assigned)


def no_optimizer(words: Sequence[str]) -> GuildError:
    """Return the error for the optimizer flags `words` without an optimizer."""
    return GuildError(f"invalid optimizer flag {words[0]}: no optimizer specified")


def _rows(
    request: BatchRequest, trial: RunRequest, operation: Operation, assigned: Assigned
) -> tuple[dict[str, Any], ...]:
    """Return the rows of batch files, validated like flags on the command line.

    Flags on the command line take precedence.
    """
    base = first_values(assigned).flags
    rows: list[dict[str, Any]] = []
    for number, values in enumerate(request.rows or (), 1):
        try:
            checked = assign_values(
                operation.flags,
                (),
                values,
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
                    f"batch file, trial {number}: flag '{name}' is a range, which requires "
                    "a batch file of a single trial; use a list or set it on the command line"
                )
        check_lists(row)
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
    options = option_values(kind, {**_defined_options(operation, name, kind.name), **user})
    # Each of these rejects invalid values before anything starts.
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
    """Return the opref of a batch with `optimizer`, which is `GRID` for a grid."""
    from guild import __version__

    model, colon, op = optimizer.rpartition(":")
    if optimizer.endswith(".py") or "/" in model or model.endswith(".py"):
        model, op = "", optimizer
    return OpRef("builtin", "guild-runner", __version__, model if colon else "", op)


def first_values(assigned: Assigned) -> Assigned:
    """Reduce flags to one value each, so that a command and a label can be built."""
    flags = {name: _first_value(value) for name, value in assigned.flags.items()}
    return Assigned(flags, assigned.user_flags)


def _first_value(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value.low if isinstance(value, (Uniform, LogUniform)) else value


def recorded_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return `flags` as runs record them, with ranges as users write them."""
    return {
        name: to_text(value) if isinstance(value, (Uniform, LogUniform)) else value
        for name, value in sorted(flags.items())
    }


def to_text(value: Uniform | LogUniform) -> str:
    """Format a range the way users write it: `[0:1]`, `loguniform[0.1:1:0.5]`."""
    numbers = [value.low, value.high, *([] if value.initial is None else [value.initial])]
    name = "loguniform" if isinstance(value, LogUniform) else ""
    return f"{name}[{':'.join(str(number) for number in numbers)}]"


def optimizer_name(request: BatchRequest, operation: Operation, assigned: Assigned) -> str | None:
    """Return the name of the optimizer of a batch; None for a grid. Raises GuildError."""
    if request.optimizer == GRID:
        return None
    if request.optimizer:
        defined = {opt.name: opt.algorithm for opt in operation.opdef.optimizers}
        return defined.get(request.optimizer, request.optimizer)
    if request.optimize:
        optimizers = operation.opdef.optimizers
        default = next((opt for opt in optimizers if opt.default), None)
        only = optimizers[0] if len(optimizers) == 1 else None
        chosen = default or only
        if chosen is None and optimizers:  # Guild AI 0.9 wording
            names = ", ".join(optimizer.name for optimizer in optimizers)
            raise GuildError(
                f"no default optimizer defined for {operation.name}\n"
                f"Specify one of the following with '--optimizer': {names}"
            )
        return chosen.algorithm if chosen else "gp"
    if any(isinstance(value, (Uniform, LogUniform)) for value in assigned.flags.values()):
        return "random"
    return None


def _defined_options(operation: Operation, *names: str) -> dict[str, Any]:
    """Return the options that guild.yml sets for the optimizer with one of `names`."""
    for opt in operation.opdef.optimizers:
        if opt.name in names or opt.algorithm in names:
            return dict(opt.flags)
    return {}


def _user_options(request: BatchRequest, defs: Sequence[FlagDef] | None) -> dict[str, Any]:
    from guild.flags import values as flag_values
    from guild.ops.plan.assignments import split_assignments

    flags = {flag.name: flag for flag in defs or ()}
    user = {
        name: flag_values.decode(word, flags.get(name, FlagDef(name)))
        for name, word in split_assignments(request.optimizer_words)
    }
    return {**request.optimizer_values, **user}


def _objective(request: BatchRequest, operation: Operation) -> str:
    if request.minimize is not None:
        return request.minimize
    if request.maximize is not None:
        return f"-{request.maximize}"
    return operation.opdef.objective or "loss"


def _max_trials(request: BatchRequest, operation: Operation) -> int | None:
    max_trials = request.max_trials
    if max_trials is None:
        max_trials = operation.opdef.default_max_trials
    if max_trials is not None and max_trials < 1:
        raise GuildError(f"invalid number of trials {max_trials}: it must be at least 1")
    return max_trials


def _label(request: BatchRequest, option_values: Mapping[str, Any]) -> str:
    from guild.ops.plan.label import default_label, render_label

    if request.label is not None:
        return render_label(request.label, option_values, {})
    return " ".join([*request.tags, default_label(option_values, {})]).strip()


def known_trials(batch: BatchPlan) -> Sequence[dict[str, Any]] | None:
    """Return the flags of each trial, or None if trials depend on the results of earlier ones."""
    if batch.optimizer is None:
        return sample(
            Grid(batch.proto.flags, batch.rows, batch.random_seed),
            batch.max_trials,
            batch.random_seed,
        )
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


def main_module(opref: OpRef) -> str:
    """Return the module that runs a batch in Guild AI 0.9, as records and `--print-cmd` have it."""
    if opref.op == GRID:
        return "guild.batch_main"
    return f"guild.plugins.{opref.op if opref.op == 'random' else f'skopt_{opref.op}'}_main"


def command(batch_id: str) -> list[str]:
    """Return the command that resumes a batch."""
    return [sys.executable, "-m", "guild", "run", "--start", batch_id, "-y"]
