"""What scikit-optimize 0.10.2 needs to work with today's scikit-learn and NumPy.

Two things are wrong in it, and both concern its gradient boosted quantile regressor:

- `sklearn.base.is_regressor` denies that it is one since scikit-learn 1.6, because
  its base classes come in an order that hides `RegressorMixin`;
- its `predict` calls `np.in1d`, which is gone in NumPy 2.4.

(`is_regressor` also fails on the `None` that stands for no model in scikit-optimize's
random search; ours draws from its `Space` and needs no model.)

`tests/optimizers/test_skopt_adapter.py` fails when this module may go.
"""

from __future__ import annotations

from typing import Any

from skopt.learning import GradientBoostingQuantileRegressor


class QuantileRegressor(GradientBoostingQuantileRegressor):  # type: ignore[misc]
    """scikit-optimize's own regressor, put right as the module says."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor"
        return tags

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: N803  # scikit-learn's name
        """The median at each row of `X`, with `return_std` also half the distance
        between the quantiles 0.16 and 0.84."""
        median = self._quantile(0.5, X)
        if not return_std:
            return median
        return median, (self._quantile(0.84, X) - self._quantile(0.16, X)) / 2.0

    def _quantile(self, quantile: float, X: Any) -> Any:  # noqa: N803
        return self.regressors_[self.quantiles.index(quantile)].predict(X)
