"""The next trial of any optimizer, checked: where user code meets the batch."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.flags.functions import LogUniform
from guild.optimizers.contract import Optimizer, Trial
from guild.optimizers.space import Choice, Dimension, Space, contains

if TYPE_CHECKING:
    from numpy.random import RandomState


def next_trial(
    name: str, optimizer: Optimizer, space: Space, history: Sequence[Trial], rng: RandomState
) -> dict[str, Any] | None:
    """What `optimizer`, called `name` in errors, suggests; None if nothing is left to try.

    NumPy's values become Python's, and the fixed flags are added where they are left
    out. Raises GuildError if the optimizer fails or suggests what is not in `space`.
    """
    try:
        suggested = optimizer.suggest(space, history, rng)
    except GuildError:
        raise
    except Exception as error:  # whatever the code of a user raises
        raise GuildError(f"optimizer {name} failed: {one_line(error)}") from error
    if suggested is None:
        return None
    return {**space.fixed, **_checked(name, suggested, space)}


def one_line(error: BaseException) -> str:
    """`TYPE: MESSAGE (FILE:LINE)` of an error in code that is not ours."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}{place}" if message else type(error).__name__ + place


def _checked(name: str, suggested: object, space: Space) -> dict[str, Any]:
    if not isinstance(suggested, Mapping):
        raise GuildError(
            f"optimizer {name} suggested {suggested!r} - expected a mapping of flag values"
        )
    known = {**space.fixed, **space.dimensions}
    flags = {flag: _python_value(value) for flag, value in suggested.items()}
    for flag in flags:
        if flag not in known:
            raise GuildError(
                f"optimizer {name} suggested the flag '{flag}' - expected {', '.join(known)}"
            )
    for flag, dimension in space.dimensions.items():
        if flag not in flags:
            raise GuildError(f"optimizer {name} suggested no value for the flag '{flag}'")
        if not contains(dimension, flags[flag]):
            raise GuildError(
                f"optimizer {name} suggested {flag}={flags[flag]!r} - "
                f"expected a value of {_shown(dimension)}"
            )
    return flags


def _python_value(value: Any) -> Any:
    return value.item() if type(value).__module__ == "numpy" else value


def _shown(dimension: Dimension) -> str:
    if isinstance(dimension, Choice):
        return f"[{','.join(str(value) for value in dimension.values)}]"
    prefix = "loguniform" if isinstance(dimension, LogUniform) else ""
    return f"{prefix}[{dimension.low}:{dimension.high}]"
