"""The rungs of the ladder: what may forecast the mean, each on top of the one before it.

Exponential smoothing is always there: the level of a series (`features.scale_of`), times what its weekday was worth
lately. A regression adds what calendar, price and weather say; trees add what a regression cannot say. Which of them
serves is decided by the hold-out days (`fitting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from forecasting.features.panel import Floats

LEAST_MEAN: Final = 1e-3  # units a day; keeps logarithms and ratios of means finite
SMOOTHING: Final = "exponential_smoothing"
REGRESSION: Final = "regression"
TREES: Final = "lightgbm"
RUNGS: Final = (SMOOTHING, REGRESSION, TREES)


class MeanModel(Protocol):
    """Forecasts mean demand over the level of its series."""

    @property
    def rung(self) -> str:
        """SMOOTHING, REGRESSION or TREES."""

    def predict(self, values: Floats, names: Sequence[str]) -> Floats:
        """The factor (n) on the level, of rows of features by their names."""


@dataclass(frozen=True)
class Smoothed:
    """The level, and the weekday's own factor, which is shrunk by one day's worth."""

    rung: str = SMOOTHING

    def predict(self, values: Floats, names: Sequence[str]) -> Floats:
        """The factor (n) on the level, of rows of features by their names."""
        return values[:, list(names).index("same_weekday")]


def mean_of(model: MeanModel, values: Floats, names: Sequence[str], scale: Floats) -> Floats:
    """Expected demand in the product's unit, of rows of features and their scales."""
    return in_units(model.predict(values, names), scale)


def in_units(over_level: Floats, scale: Floats) -> Floats:
    """Expected demand (n) in the product's unit, of factors (n) on the level and the scales (n)."""
    mean: Floats = np.maximum(over_level * scale, LEAST_MEAN)
    return mean
