"""A regression on few features for the mean of scaled demand: what calendar, price, weather and the last days say.

A Poisson regression (quasi-likelihood: McCullagh & Nelder 1989, ch. 9; statsmodels), pooled over all series of a
region and shrunk by ridge, which some dozens of training rows are enough for. Where rows are few, trees grow on top of
what it says of prices, which they would not find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.panel import Floats
from forecasting.model.mean_models import REGRESSION

# Relative levels, of which the logarithm counts, so that an effect is a power of them.
LOGARITHMS: Final = (
    "same_weekday",
    "same_kind",
    "own_3",
    "own_7",
    "warehouse_1",
    "warehouse_7",
    "at_price",
    "discount_change",
)
PLAIN: Final = ("promoted_more", "rest", "festival", "make_up", "warmer_than_week", "precipitation_target")
# What a price does, and which way: a higher one sells no more
OF_PRICE: Final[Mapping[str, int]] = {"discount_change": -1, "at_price": 1}
# Standard deviations that coefficients have before anything is known.
PRIOR_OF: Final[Mapping[str, float]] = {
    "discount_change": 1.5, "promoted_more": 0.5, "rest": 0.3, "festival": 0.3, "make_up": 0.3,
    "warmer_than_week": 0.02, "precipitation_target": 0.01,
}  # fmt: skip
PRIOR_OF_LEVEL: Final = 0.5
PRICES: Final = ("discount_change", "promoted_more")
MOST_ROWS: Final = 5000  # that some twenty coefficients are fitted to; more would only cost time
FARTHEST: Final = 3.0  # of the logarithm of the factor: a line goes on for ever, demand does not
LEAST_VARIED: Final = 5  # rows in which a feature differs from its usual value, for it to be learned from


@dataclass(frozen=True, eq=False)
class Regression:
    """Coefficients by term on a logarithmic scale. `typical` is what a missing value counts as."""

    intercept: float
    coefficients: Mapping[str, float]
    typical: Mapping[str, float]
    rung: str = REGRESSION

    @classmethod
    def fit(cls, values: Floats, names: Sequence[str], factor: Floats, weight: Floats, seed: int) -> Regression:
        """From `values` (n, features) by `names`, the `factor` (n) of demand over the level, and weights (n)."""
        if len(values) > MOST_ROWS:
            some = np.sort(np.random.default_rng(seed).choice(len(values), MOST_ROWS, replace=False))
            values, factor, weight = values[some], factor[some], weight[some]
        terms = _terms(values, names)
        typical = {name: float(np.nanmean(term)) if (~np.isnan(term)).any() else 0.0 for name, term in terms.items()}
        filled = {name: np.where(np.isnan(term), typical[name], term) for name, term in terms.items()}
        chosen = [
            name
            for name, term in filled.items()
            if np.count_nonzero(np.abs(term - np.median(term)) > 1e-6) >= LEAST_VARIED
        ]
        intercept, coefficients = _fitted(filled, chosen, factor, weight)
        # by chance: nothing sells more for being dearer. What one term gives up another may take over
        while wrong := [name for name, way in OF_PRICE.items() if coefficients.get(name, 0.0) * way < 0]:
            chosen.remove(wrong[0])
            intercept, coefficients = _fitted(filled, chosen, factor, weight)
        return cls(intercept, coefficients, {name: typical[name] for name in coefficients})

    def of_prices(self, values: Floats, names: Sequence[str], factor: Floats, weight: Floats) -> Regression:
        """What it says of prices alone, with the weighted mean of the factors (n) of these rows: trees grow on that,
        since a price that few rows had is more than they can find."""
        prices = {name: value for name, value in self.coefficients.items() if name in PRICES}
        alone = Regression(0.0, prices, {name: self.typical[name] for name in prices})
        said = float(np.average(alone.predict(values, names), weights=weight))
        return replace(alone, intercept=float(np.log(max(float(np.average(factor, weights=weight)), 1e-3) / said)))

    def predict(self, values: Floats, names: Sequence[str]) -> Floats:
        """The factor (n) on the level, of rows of features by their names."""
        predicted: Floats = np.exp(self.log(values, names)).astype(np.float32)
        return predicted

    def log_terms(self, values: Floats, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """What each feature adds to the logarithm of the factor, by feature; the intercept is left out."""
        terms = _terms(values, names)
        found = {}
        for name, coefficient in self.coefficients.items():
            term = np.where(np.isnan(terms[name]), self.typical[name], terms[name])
            found["promoted" if name == "promoted_more" else name] = coefficient * term
        return found

    def log(self, values: Floats, names: Sequence[str]) -> NDArray[np.float64]:
        """The logarithm of the factor (n) of rows of features."""
        total = np.full(len(values), self.intercept)
        for term in self.log_terms(values, names).values():
            total += term
        clipped: NDArray[np.float64] = np.clip(total, -FARTHEST, FARTHEST)
        return clipped


def _terms(values: Floats, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The terms (n) by name, NaN where a value is missing."""
    column = {name: at for at, name in enumerate(names)}
    terms = {name: np.log(np.maximum(values[:, column[name]].astype(np.float64), 1e-3)) for name in LOGARITHMS}
    promoted_more = values[:, column["promoted"]] - values[:, column["promoted_28"]]
    terms["promoted_more"] = promoted_more.astype(np.float64)
    for name in PLAIN[1:]:
        terms[name] = values[:, column[name]].astype(np.float64)
    return terms


def _fitted(
    terms: Mapping[str, NDArray[np.float64]], chosen: Sequence[str], factor: Floats, weight: Floats
) -> tuple[float, dict[str, float]]:
    """The intercept and the coefficients of the chosen terms, each shrunk towards 0 as by a normal prior (ridge)."""
    # large, and only wanted in training
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    prior = np.array([PRIOR_OF.get(name, PRIOR_OF_LEVEL) for name in chosen])
    centre = np.array([terms[name].mean() for name in chosen])
    columns = (
        (np.column_stack([terms[name] for name in chosen]) - centre) * prior if chosen else np.empty((len(factor), 0))
    )
    usual = max(float(np.average(factor, weights=weight)), 1e-3)
    trust = weight / weight.mean()
    dispersion = float(np.average((factor - usual) ** 2, weights=weight)) / usual
    model = GLM(
        factor.astype(np.float64),
        np.column_stack([np.ones(len(factor)), columns]),
        family=Poisson(),
        var_weights=trust,
    )
    shrunk = np.r_[0.0, np.full(len(chosen), max(dispersion, 1e-6) / len(factor))]
    start = np.r_[np.log(usual), np.zeros(len(chosen))]
    found = np.asarray(model.fit_regularized(alpha=shrunk, L1_wt=0.0, start_params=start).params)
    coefficients = found[1:] * prior
    intercept = float(found[0] - coefficients @ centre)
    return intercept, dict(zip(chosen, (float(value) for value in coefficients), strict=True))
