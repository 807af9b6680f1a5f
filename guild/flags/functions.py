"""Flag functions: values such as `range[0:1:0.25]` or `[0.1:0.5]` that stand for many values.

A *sequence* (`range`, `linspace`, `logspace`) is a list of numbers, each of which becomes a
trial. A *distribution* (`[LOW:HIGH]`, `uniform`, `loguniform`) is a range that an optimizer
samples. Syntax and values are those of Guild AI 0.9, except that a `range` never exceeds its end.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.flags.flagdef import FlagDef

Number: TypeAlias = int | float


class Uniform(NamedTuple):
    """A uniform distribution from `low` to `high`, both included.

    Values are integers if `low` and `high` are integers, else floats. `initial` is the value of
    the first trial.
    """

    low: Number
    high: Number
    initial: Number | None = None


class LogUniform(NamedTuple):
    """A log-uniform distribution from `low`, which is above zero, to `high`.

    Values are floats, or integers if `whole` is set, as for a flag of type int. `initial` is
    the value of the first trial.
    """

    low: Number
    high: Number
    initial: Number | None = None
    whole: bool = False


Distribution: TypeAlias = Uniform | LogUniform

_CALL = r"([A-Za-z_][A-Za-z0-9_-]*)?\[([^\[\]{},]*)\]"
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_INTEGER = r"[+-]?\d+"
_MAX_VALUES = 1_000_000


def parse_flag_function(text: str, flag: str) -> list[Number] | Distribution | None:
    """Parse `text`, a value of the flag named `flag`; return None if it is not a function.

    `NAME[ARG:ARG...]` is a function, and so is `[NUMBER:ARG...]` (`uniform`). Lists such as
    `[1,2]` or `[host:80]` and quoted strings are not.

    Raises GuildError if the name is unknown, arguments are invalid, or no value remains.
    """
    match = re.fullmatch(_CALL, text.strip())
    if match is None or not is_function_call(text):
        return None
    name, arg_text = match.groups()
    args = arg_text.split(":")
    function = _FUNCTIONS.get(name or "uniform")
    if function is None:
        raise GuildError(  # Guild AI 0.9 wording
            f"unknown function {name!r} used for flag {flag}; use one of "
            f"{', '.join(sorted(_FUNCTIONS))}, or quote the value if it is a string"
        )
    try:
        return function([_number(arg) for arg in args])
    except (ValueError, OverflowError) as error:
        raise _invalid_args(flag, text.strip(), error) from None


def is_function_call(text: str) -> bool:
    """Return whether `text` looks like a function, `NAME[...]` or `[NUMBER:...]`.

    Such a string must be quoted to be used as is.
    """
    match = re.fullmatch(_CALL, text.strip())
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
    """Return the distribution `[LOW:HIGH:INITIAL]` of `slice(LOW, HIGH[, INITIAL])`.

    Raises GuildError as `parse_flag_function` does.
    """
    args = [bounds.start, bounds.stop] + ([] if bounds.step is None else [bounds.step])
    return make_distribution("uniform", args, flag)


def make_distribution(name: str, args: Sequence[object], flag: str) -> Distribution:
    """Return the `uniform` or `loguniform` distribution of `args` (low, high, [initial]).

    Raises GuildError as `parse_flag_function` does.
    """
    try:
        return _DISTRIBUTIONS[name]([_checked_number(arg) for arg in args])
    except (ValueError, OverflowError) as error:
        values = ":".join(str(arg) for arg in args)
        raise _invalid_args(flag, f"{name}[{values}]", error) from None


def _invalid_args(flag: str, call: str, error: Exception) -> GuildError:
    return GuildError(f"invalid function args in '{flag}={call}': {error}")  # Guild AI 0.9 wording


def require_number_flag(flag: FlagDef, text: str) -> None:
    """Raise GuildError if the range `text` is set for a flag that is not a number.

    A flag without type and default accepts any value.
    """
    kind = flag.type or _kind_of_default(flag.default)
    if kind not in (None, "int", "float", "number"):
        raise GuildError(
            f"invalid value {text!r} for flag '{flag.name}': ranges apply only to numbers, "
            f"but the flag is of type {kind}; set a list of values instead"
        )


def _kind_of_default(default: object) -> str | None:
    if isinstance(default, bool):
        return "boolean"
    return "string" if isinstance(default, str) else None


# -- Arguments


def _is_number(arg: str) -> bool:
    return re.fullmatch(_NUMBER, arg.strip()) is not None


def _number(arg: str) -> Number:
    arg = arg.strip()
    if not _is_number(arg):
        raise ValueError(f"{arg!r} is not a number")
    return _checked_number(int(arg) if re.fullmatch(_INTEGER, arg) else float(arg))


def _checked_number(arg: object) -> Number:
    if isinstance(arg, bool) or not isinstance(arg, (int, float)) or not math.isfinite(arg):
        raise ValueError(f"{arg!r} is not a finite number")
    return arg


def _require_count_of_args(name: str, args: Sequence[Number], minimum: int, maximum: int) -> None:
    if not minimum <= len(args) <= maximum:
        counts = f"{minimum} {'or' if maximum == minimum + 1 else 'to'} {maximum}"
        raise ValueError(f"{name} requires {counts} args, got {len(args)}")


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
        raise ValueError(f"the lower bound {low} has to be less than the upper bound {high}")
    if len(args) == 3 and not low <= args[2] <= high:
        raise ValueError(f"the first value {args[2]} is not within {low} and {high}")


# -- Sequences


def _range(args: Sequence[Number]) -> list[Number]:
    _require_count_of_args("range", args, 1, 3)
    if len(args) == 1:  # `range[3]` is 0, 1, 2, as in Python
        return list(range(_count(args[0])))
    start, end = args[:2]
    step = args[2] if len(args) == 3 else 1
    if step == 0:
        raise ValueError("the step must not be zero")
    # A last step that misses the end only by rounding still counts.
    steps = _whole((end - start) / step + 1e-9)
    if steps < 0:
        raise ValueError(f"no value from {start} to {end} in steps of {step}")
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
        raise ValueError(f"{count} values are too many (at most {_MAX_VALUES})")


def _rounded(value: float) -> float:
    """Round to 8 decimals, so that 3 * 0.1 prints as 0.3; small values to 8 digits."""
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
