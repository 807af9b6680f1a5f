"""Flag functions: texts such as `range[0:1:0.25]` or `[0.1:0.5]` that stand for many values.

A *sequence* (`range`, `linspace`, `logspace`) is a list of numbers, each of which
becomes a trial. A *distribution* (`[LOW:HIGH]`, `uniform`, `loguniform`) is what an
optimizer searches in. The syntax and the values are those of Guild AI 0.9, with one
difference: a `range` never passes its end.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef

Number: TypeAlias = int | float


class Uniform(NamedTuple):
    """Numbers that are equally likely from `low` to `high`, both included.

    Integers if `low` and `high` are integers, else floats. `initial` is the value
    of the first trial.
    """

    low: Number
    high: Number
    initial: Number | None = None


class LogUniform(NamedTuple):
    """Floats from `low` to `high` whose logarithms are equally likely; `low` is above zero.

    `initial` is the value of the first trial. Where they are `whole`, as for a flag that is an
    int, they are integers.
    """

    low: Number
    high: Number
    initial: Number | None = None
    whole: bool = False


Distribution: TypeAlias = Uniform | LogUniform

_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)?\[([^\[\]{},]*)\]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_MAX_VALUES = 1_000_000


def parse_flag_function(text: str, flag: str) -> list[Number] | Distribution | None:
    """What `text`, given for the flag named `flag`, stands for; None if it is no function.

    `NAME[ARG:ARG...]` is a function, as is `[NUMBER:ARG...]` (`uniform`). A list such
    as `[1,2]` or `[host:80]` and a quoted text are not. Raises GuildError for an
    unknown name, for arguments that are not numbers, too many or too few, and for
    bounds or a step that leave no value.
    """
    match = _CALL.fullmatch(text.strip())
    if match is None or not is_function_call(text):
        return None
    name, arg_text = match.groups()
    args = arg_text.split(":")
    function = _FUNCTIONS.get(name or "uniform")
    if function is None:
        raise GuildError(
            f"unknown function {name!r} used for flag '{flag}' - use one of "
            f"{', '.join(sorted(_FUNCTIONS))}, or quote the value if it is a text"
        )
    try:
        return function([_number(arg) for arg in args])
    except (ValueError, OverflowError) as error:
        raise GuildError(f"invalid value {text.strip()!r} for flag '{flag}': {error}") from None


def is_function_call(text: str) -> bool:
    """Whether `text` looks like a function, `NAME[...]` or `[NUMBER:...]`: one that must be
    quoted to be a text."""
    match = _CALL.fullmatch(text.strip())
    if match is None:
        return False
    name, arg_text = match.groups()
    first, colon, _ = arg_text.partition(":")
    return name is not None or (bool(colon) and _is_number(first))


def values_with_ranges(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with each slice as the distribution that it stands for."""
    return {
        name: distribution_from_slice(value, name) if isinstance(value, slice) else value
        for name, value in values.items()
    }


def distribution_from_slice(bounds: slice, flag: str) -> Distribution:
    """`slice(LOW, HIGH)` or `slice(LOW, HIGH, INITIAL)` as `[LOW:HIGH:INITIAL]`.

    Raises GuildError as `parse_flag_function` does.
    """
    args = [bounds.start, bounds.stop] + ([] if bounds.step is None else [bounds.step])
    return make_distribution("uniform", args, flag)


def make_distribution(name: str, args: Sequence[object], flag: str) -> Distribution:
    """The `uniform` or `loguniform` over `args` (low, high and perhaps initial), checked.

    Raises GuildError as `parse_flag_function` does.
    """
    make = _DISTRIBUTIONS[name]
    try:
        return make([_checked_number(arg) for arg in args])
    except (ValueError, OverflowError) as error:
        shown = ":".join(str(arg) for arg in args)
        raise GuildError(f"invalid value '{name}[{shown}]' for flag '{flag}': {error}") from None


def require_number_flag(flag: FlagDef, text: str) -> None:
    """Raise GuildError if `text`, a range, is given for a flag that holds no number.

    A flag that says neither a type nor a default may be anything.
    """
    kind = flag.type or _kind_of_default(flag.default)
    if kind not in (None, "int", "float", "number"):
        raise GuildError(
            f"invalid value {text!r} for flag '{flag.name}': a range needs a number and the "
            f"flag is of type {kind} - give a list of values instead"
        )


def _kind_of_default(default: object) -> str | None:
    if isinstance(default, bool):
        return "boolean"
    return "string" if isinstance(default, str) else None


# -- Arguments


def _is_number(arg: str) -> bool:
    return _NUMBER.fullmatch(arg.strip()) is not None


def _number(arg: str) -> Number:
    arg = arg.strip()
    if not _is_number(arg):
        raise ValueError(f"{arg!r} is not a number")
    return _checked_number(int(arg) if _INTEGER.fullmatch(arg) else float(arg))


def _checked_number(arg: object) -> Number:
    if isinstance(arg, bool) or not isinstance(arg, (int, float)) or not math.isfinite(arg):
        raise ValueError(f"{arg!r} is not a finite number")
    return arg


def _require_count_of_args(name: str, args: Sequence[Number], least: int, most: int) -> None:
    if not least <= len(args) <= most:
        raise ValueError(f"{name} takes {least} to {most} arguments, got {len(args)}")


# -- Distributions


def _uniform(args: Sequence[Number]) -> Uniform:
    _require_count_of_args("a range", args, 2, 3)
    _check_bounds(args)
    return Uniform(*args)


def _loguniform(args: Sequence[Number]) -> LogUniform:
    _require_count_of_args("loguniform", args, 2, 3)
    _check_bounds(args)
    if args[0] <= 0:
        raise ValueError(f"the lower bound {args[0]} must be above zero")
    return LogUniform(args[0], args[1], args[2] if len(args) == 3 else None)


def _check_bounds(args: Sequence[Number]) -> None:
    low, high = args[:2]
    if low > high:
        raise ValueError(f"the lower bound {low} is above the upper bound {high}")
    if len(args) == 3 and not low <= args[2] <= high:
        raise ValueError(f"the first value {args[2]} is not within {low} and {high}")


# -- Sequences


def _range(args: Sequence[Number]) -> list[Number]:
    _require_count_of_args("range", args, 1, 3)
    if len(args) == 1:  # like Python's, `range[3]` is 0, 1, 2
        return list(range(_count(args[0])))
    start, end = args[:2]
    step = args[2] if len(args) == 3 else 1
    if step == 0:
        raise ValueError("the step must not be zero")
    # A last step that misses the end by rounding alone still reaches it.
    steps = _whole((end - start) / step + 1e-9)
    if steps < 0:
        raise ValueError(f"there is no value from {start} to {end} by steps of {step}")
    _require_few(steps + 1)
    if all(isinstance(arg, int) for arg in args):
        return [start + i * step for i in range(steps + 1)]
    return [_rounded(start + i * step) for i in range(steps + 1)]


def _whole(value: float) -> int:
    if not math.isfinite(value):
        raise ValueError("the bounds are too far apart")
    return math.floor(value)


def _linspace(args: Sequence[Number]) -> list[Number]:
    _require_count_of_args("linspace", args, 2, 3)
    return [_rounded(value) for value in _evenly_spaced(args)]


def _logspace(args: Sequence[Number]) -> list[Number]:
    _require_count_of_args("logspace", args, 2, 4)
    base = float(args[3]) if len(args) == 4 else 10.0
    if base <= 0:
        raise ValueError(f"the base {base:g} must be above zero")
    try:
        return [_rounded(base**exponent) for exponent in _evenly_spaced(args[:3])]
    except OverflowError:
        raise ValueError("a value is too large") from None


def _evenly_spaced(args: Sequence[Number]) -> list[float]:
    start, end = float(args[0]), float(args[1])
    if not math.isfinite(end - start):
        raise ValueError("the bounds are too far apart")
    count = _count(args[2]) if len(args) == 3 else 5
    if count == 1:
        return [start]
    return [start + i * (end - start) / (count - 1) for i in range(count - 1)] + [end]


def _count(value: Number) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"the number of values {value} is not a positive integer")
    _require_few(value)
    return value


def _require_few(count: int) -> None:
    if count > _MAX_VALUES:
        raise ValueError(f"{count} values are too many, at most {_MAX_VALUES} are possible")


def _rounded(value: float) -> float:
    """To 8 decimals, so that 0.1 three times shows as 0.3; to 8 digits where that is too few."""
    if 0 < abs(value) < 1e-4:
        return float(f"{value:.8g}")
    return round(float(value), 8)


_DISTRIBUTIONS: dict[str, Callable[[Sequence[Number]], Distribution]] = {
    "uniform": _uniform,
    "loguniform": _loguniform,
}
_FUNCTIONS: dict[str, Callable[[Sequence[Number]], list[Number] | Distribution]] = {
    "range": _range,
    "linspace": _linspace,
    "logspace": _logspace,
    **_DISTRIBUTIONS,
}
