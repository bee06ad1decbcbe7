"""How demand scatters around its mean: the chance of a day without any, the spread of the other days, its shape.

A mean and a spread cost a fraction of seven quantile models, and cannot cross. Errors are those of a mean that had not
seen their days, so that the distribution is calibrated out of sample. Where days without demand come often, they have
a probability of their own, and the rest is of days with demand (a hurdle model: Mullahy 1986, J. Econometrics 33,
341-365).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.features.features import SPREAD_FEATURES
from forecasting.features.panel import Floats
from forecasting.features.training_rows import TWEEDIE_POWER, TrainingRows
from forecasting.known.frames import QUANTILES
from forecasting.model.error_shapes import LEAST_ERROR, LEAST_SPREAD, ErrorShapes, RecentErrorShapes
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import SHARED, Trees, columns_of, spread_parameters

MOST_ZERO: Final = 0.98  # probability of a day without demand; keeps the mean of the other days finite
ZERO, SPREAD = "zero", "spread"  # names of the trees that are kept


@dataclass(frozen=True, eq=False)
class Scatter:
    """What scatters around the mean. `zero`: log odds of a day without demand; None: there are next to none."""

    zero: Trees | None
    spread: Trees
    shapes: ErrorShapes

    @classmethod
    def fit(
        cls, rows: TrainingRows, mean: Floats, zero: Trees | None, unit: NDArray[np.object_], settings: TrainingSettings
    ) -> Scatter:
        """From rows that the mean (n) had not seen, with the unit (n) of each."""
        errors = Errors.of(rows, mean, zero)
        selling = errors.selling
        of, names = rows.where(selling), list(SPREAD_FEATURES)
        values = columns_of(of.features, of.names, names)
        label = np.maximum(np.abs(errors.ratio - 1)[selling], LEAST_ERROR)
        weight = volume_weight(mean[selling])
        data = lgb.Dataset(values, label, weight=weight, feature_name=names, params=SHARED)
        parameters = SHARED | spread_parameters(len(of)) | {"seed": settings.seed}
        found = cls(zero, Trees.of(lgb.train(parameters, data, settings.spread_rounds)), ErrorShapes({}))
        error = (errors.ratio - 1) / found.spread_of(rows.features, rows.names)
        return cls(zero, found.spread, ErrorShapes.of(errors.around[selling], error[selling], unit[selling]))

    def spread_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The expected relative error (n) of rows of features, on days with demand."""
        return np.maximum(self.spread.predict(values, names), LEAST_SPREAD)

    def zero_of(self, values: Floats, names: Sequence[str]) -> Floats | None:
        """The probability (n) of a day without demand; None where that is not told apart."""
        return None if self.zero is None else probability_of(self.zero, values, names)

    def quantiles(
        self,
        mean: Floats,
        spread: Floats,
        zero: Floats | None,
        unit: NDArray[np.object_],
        recent: RecentErrorShapes | None = None,
    ) -> Floats:
        """The quantiles (n, 7) of demand, never negative and never crossing."""
        above, level = mean, None
        if zero is not None:
            above = mean / (1 - zero)
            level = ((np.array(QUANTILES) - zero[:, None]) / (1 - zero[:, None])).astype(np.float32)
        error = self.shapes.at(above, unit, level)
        if recent is not None:
            weight = np.float32(recent.weight)
            error = (1 - weight) * error + weight * recent.shapes.at(above, unit, level)
        quantiles: Floats = np.maximum(above[:, None] * (1 + spread[:, None] * error), 0)
        return quantiles if level is None else np.where(level <= 0, np.float32(0), quantiles)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """JSON-ready values, and LightGBM texts by name."""
        texts = self.spread.to_texts(SPREAD) | ({} if self.zero is None else self.zero.to_texts(ZERO))
        return {"zero": self.zero is not None, "shapes": self.shapes.to_dict()}, texts

    @classmethod
    def from_parts(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> Scatter:
        """What `to_parts` took apart."""
        zero = Trees.from_texts(ZERO, texts) if kept["zero"] else None
        return cls(zero, Trees.from_texts(SPREAD, texts), ErrorShapes.from_dict(kept["shapes"]))


@dataclass(frozen=True, eq=False)
class Errors:
    """How demand came out against its mean forecast, row by row (n).

    ratio     demand over the mean of days with demand
    around    that mean, in the product's unit
    selling   whether the row counts for the scatter of days with demand
    """

    ratio: Floats
    around: Floats
    selling: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: TrainingRows, mean: Floats, zero: Trees | None) -> Errors:
        """Of rows and their mean forecasts (n)."""
        if zero is None:
            return cls(rows.demand / mean, mean, np.ones(len(rows), dtype=bool))
        sells = 1 - probability_of(zero, rows.features, rows.names)
        return cls(rows.demand / mean * sells, mean / sells, rows.demand > 0)


def volume_weight(mean: Floats) -> Floats:
    """The weight of a row's relative error, 1 on average: mean ** (2 - power), as in the Tweedie likelihood."""
    weight = mean ** np.float32(2 - TWEEDIE_POWER)
    return weight / np.float32(weight.mean())


def probability_of(zero: Trees, values: Floats, names: Sequence[str]) -> Floats:
    """The probability (n) of a day without demand, from its log odds."""
    chance: Floats = (1 / (1 + np.exp(-zero.raw(values, names)))).astype(np.float32)
    return np.minimum(chance, np.float32(MOST_ZERO))
