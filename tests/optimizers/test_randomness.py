"""Saving and restoring random-generator state."""

from __future__ import annotations

import json

import numpy as np
import pytest

from guild.base.errors import GuildError
from guild.optimizers.randomness import new_rng, rng_from_state, state_of


@pytest.mark.parametrize("draws_before", [0, 1, 700])
def test_restored_generator_continues_sequence(draws_before: int):
    rng = new_rng(5)
    rng.normal(size=draws_before)
    other = rng_from_state(json.loads(json.dumps(state_of(rng))))
    assert np.array_equal(rng.normal(size=5), other.normal(size=5))
    assert rng.randint(2**31 - 1) == other.randint(2**31 - 1)


def test_seeds_match_numpy():
    assert new_rng(1).randint(1000) == np.random.RandomState(1).randint(1000)
    assert new_rng(-1).randint(1000) == new_rng(2**32 - 1).randint(1000)


@pytest.mark.parametrize(
    "state", [{}, {"keys": "AAAA", "position": 1, "gauss": None}, {"keys": "?"}, {"keys": None}]
)
def test_rejects_invalid_state(state: dict[str, object]):
    with pytest.raises(GuildError, match=r"^invalid state of a random number generator: "):
        rng_from_state(state)
