"""Random-generator state, saved between the trials of a batch.

A batch passes one `numpy.random.RandomState` from trial to trial. After each suggestion it
saves `state_of(rng)`. `rng_from_state` then resumes as if the batch had never stopped.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError

if TYPE_CHECKING:
    from numpy.random import RandomState


def new_rng(seed: int) -> RandomState:
    """Return the random generator of a batch for the integer `seed`.

    A seed of more than 32 bits, or a negative one, is taken modulo 2**32.
    """
    import numpy as np

    return np.random.RandomState(seed % 2**32)


def state_of(rng: RandomState) -> dict[str, Any]:
    """Return the state of `rng` as plain values for JSON or YAML, about 3.4 KB.

    `keys` are the 624 words of the Mersenne Twister (Matsumoto and Nishimura 1998),
    little-endian, in base64. `position` is the index of the next word. `gauss` is a normal
    number drawn in advance, or None.
    """
    state: Any = rng.get_state(legacy=True)  # a tuple; some NumPy versions do not declare it
    _, keys, position, has_gauss, gauss = state
    return {
        "keys": base64.b64encode(keys.astype("<u4").tobytes()).decode("ascii"),
        "position": int(position),
        "gauss": float(gauss) if has_gauss else None,
    }


def rng_from_state(state: dict[str, Any]) -> RandomState:
    """Restore the generator that `state_of` saved. Raises GuildError if `state` is invalid."""
    import numpy as np

    try:
        keys: Any = np.frombuffer(base64.b64decode(state["keys"], validate=True), dtype="<u4")
        gauss = state["gauss"]
        rng = np.random.RandomState()
        rng.set_state(
            ("MT19937", keys, int(state["position"]), int(gauss is not None), float(gauss or 0.0))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise GuildError(f"invalid state of a random number generator: {error}") from None
    return rng
