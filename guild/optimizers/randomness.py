"""The state of chance, kept between the trials of a batch.

A batch hands one `numpy.random.RandomState` from trial to trial. It writes
`state_of(rng)` wherever it keeps its progress after each suggestion, and
`rng_from_state` goes on from there as if the batch had never stopped.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError

if TYPE_CHECKING:
    from numpy.random import RandomState


def new_rng(seed: int) -> RandomState:
    """The generator of a batch with the random seed `seed`, any integer.

    A seed of 32 bits is used as it is, a larger or negative one modulo 2**32.
    """
    import numpy as np

    return np.random.RandomState(seed % 2**32)


def state_of(rng: RandomState) -> dict[str, Any]:
    """The state of `rng` as plain values for JSON or YAML, about 3.4 KB.

    `keys` are the 624 words of the Mersenne Twister (Matsumoto and Nishimura 1998),
    little-endian, in base64; `position` is the next of them; `gauss` is a normal
    number that was drawn ahead, if there is one.
    """
    state: Any = rng.get_state(legacy=True)  # a tuple, which not every NumPy's types say
    _, keys, position, has_gauss, gauss = state
    return {
        "keys": base64.b64encode(keys.astype("<u4").tobytes()).decode("ascii"),
        "position": int(position),
        "gauss": float(gauss) if has_gauss else None,
    }


def rng_from_state(state: dict[str, Any]) -> RandomState:
    """The generator whose `state_of` was `state`. Raises GuildError if it is no such value."""
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
