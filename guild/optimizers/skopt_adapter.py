"""Fixes for scikit-optimize 0.10.2 with current versions of scikit-learn and NumPy.

Its gradient boosted quantile regressor has two defects:

- Since scikit-learn 1.6 `sklearn.base.is_regressor` returns False for it, because
  the order of its base classes hides `RegressorMixin`.
- Its `predict` calls `np.in1d`, which NumPy 2.4 removed.

`tests/optimizers/test_skopt_adapter.py` fails once this module can be removed.
"""

from __future__ import annotations

from typing import Any

from skopt.learning import GradientBoostingQuantileRegressor


class QuantileRegressor(GradientBoostingQuantileRegressor):  # type: ignore[misc]
    """The regressor of scikit-optimize with the fixes that the module describes."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor"
        return tags

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: N803  # scikit-learn's name
        """Return the median at each row of `X`.

        With `return_std`, also return half the distance between the quantiles 0.16 and 0.84.
        """
        median = self._quantile(0.5, X)
        if not return_std:
            return median
        return median, (self._quantile(0.84, X) - self._quantile(0.16, X)) / 2.0

    def _quantile(self, quantile: float, X: Any) -> Any:  # noqa: N803
        return self.regressors_[self.quantiles.index(quantile)].predict(X)
