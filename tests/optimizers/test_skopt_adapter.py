"""The fixes in `guild.optimizers.skopt_adapter`."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import is_regressor
from skopt.learning import GradientBoostingQuantileRegressor

from guild.optimizers.skopt_adapter import QuantileRegressor

X = np.linspace(0, 1, 20).reshape(-1, 1)
Y = np.sin(X[:, 0])


def test_scikit_optimize_still_needs_the_adapter():
    """If this fails, delete the adapter and use the class of scikit-optimize, which works again."""
    model = GradientBoostingQuantileRegressor(random_state=0)
    assert not _works(model), "guild/optimizers/skopt_adapter.py is not needed any more"


def test_adapter_works():
    assert _works(QuantileRegressor(random_state=0))


def _works(model: GradientBoostingQuantileRegressor) -> bool:
    if not is_regressor(model):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            mean, std = model.fit(X, Y).predict(X, return_std=True)
        except (AttributeError, DeprecationWarning):
            return False
    return bool(mean.shape == std.shape == Y.shape)
