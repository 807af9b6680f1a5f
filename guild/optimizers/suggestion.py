"""The next trial of any optimizer, validated before the batch uses it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.extend.optimizer import Optimizer, Trial
from guild.extend.search_space import Categorical, Dimension, Space, contains
from guild.flags.functions import LogUniform

if TYPE_CHECKING:
    from numpy.random import RandomState


def next_trial(
    name: str, optimizer: Optimizer, space: Space, history: Sequence[Trial], rng: RandomState
) -> dict[str, Any] | None:
    """Return the flags that `optimizer` suggests, or None if nothing is left to try.

    NumPy values become Python values, and missing fixed flags are added.
    Raises GuildError, with `name` for the optimizer, if it fails or leaves `space`.
    """
    try:
        suggested = optimizer.suggest(space, history, rng)
    except GuildError:
        raise
    except Exception as error:  # user code may raise anything
        raise GuildError(f"optimizer {name} failed: {one_line(error)}") from error
    if suggested is None:
        return None
    return {**space.fixed, **_validate(name, suggested, space)}


def one_line(error: BaseException) -> str:
    """Return `TYPE: MESSAGE (FILE:LINE)` for an error in user code."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}{place}" if message else type(error).__name__ + place


def _validate(name: str, suggested: object, space: Space) -> dict[str, Any]:
    if not isinstance(suggested, Mapping):
        raise GuildError(
            f"optimizer {name} suggested {suggested!r}; expected a mapping of flag values"
        )
    allowed = {**space.fixed, **space.dimensions}
    flags = {flag: _python_value(value) for flag, value in suggested.items()}
    for flag in flags:
        if flag not in allowed:
            raise GuildError(
                f"optimizer {name} suggested the flag '{flag}'; "
                f"expected one of {', '.join(allowed)}"
            )
    for flag, dimension in space.dimensions.items():
        if flag not in flags:
            raise GuildError(f"optimizer {name} suggested no value for the flag '{flag}'")
        if not contains(dimension, flags[flag]):
            raise GuildError(
                f"optimizer {name} suggested {flag}={flags[flag]!r}; "
                f"expected a value of {_dimension_text(dimension)}"
            )
    return flags


def _python_value(value: Any) -> Any:
    return value.item() if type(value).__module__ == "numpy" else value


def _dimension_text(dimension: Dimension) -> str:
    if isinstance(dimension, Categorical):
        return f"[{','.join(str(value) for value in dimension.values)}]"
    prefix = "loguniform" if isinstance(dimension, LogUniform) else ""
    return f"{prefix}[{dimension.low}:{dimension.high}]"
