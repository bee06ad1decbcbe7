"""The dependence between the days of a forecast: the correlation of forecast errors by how many days lie between.

A forecast that was too low for tomorrow is likely too low for the day after as well: the level was wrong, or the week
is warm. Learned from past forecasts of several days against the demand that came: each demand as the normal score of
its rank within its forecast (the probability integral transform; Gneiting, Balabdaoui, Raftery 2007), and the
correlation of these scores over pairs of days forecast from one origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import QUANTILE_COLUMNS
from forecasting.statistics.quantile_curve import normal_scores_of

Floats = NDArray[np.float64]

LONGEST: Final = 6  # days apart within a week
LEAST_PAIRS: Final = 200  # of days; a correlation of fewer has a standard error above 0.07 and is interpolated
HIGHEST: Final = 0.95  # keeps days from being one another's copies


@dataclass(frozen=True)
class Dependence:
    """The correlation of the normal scores of two days, 1, 2 .. days apart; further ones have the last."""

    by_distance: tuple[float, ...]

    @classmethod
    def usual(cls) -> Dependence:
        """Measured on FreshRetailNet, 15-28 May 2024: docs/hours-and-paths.md; where no past forecasts are."""
        return cls((0.13, 0.13, 0.12, 0.10, 0.10, 0.13))

    @classmethod
    def learn(cls, forecasts: pd.DataFrame, demand: pd.DataFrame) -> Dependence:
        """From past forecasts (of days seen whole, several days from each origin) and the demand that came.

        `demand`: warehouse_id, product_id, date, demand (NaN where it was hidden). The forecasts must be by models
        that had not seen these days. Too few pairs of days: as `usual`."""
        keys = ["warehouse_id", "product_id", "date"]
        came = forecasts.merge(demand[[*keys, "demand"]].dropna(), on=keys)
        numbers = came[[*QUANTILE_COLUMNS, "mean", "demand"]].to_numpy(dtype=float)
        came["score"] = normal_scores_of(numbers[:, -1], numbers[:, :-2], numbers[:, -2])
        came["ahead"] = (came["date"] - came["origin"]).dt.days
        came["score"] -= came.groupby("ahead")["score"].transform("mean")
        table = came.pivot(index=["warehouse_id", "product_id", "origin"], columns="ahead", values="score")
        ahead = [int(day) for day in table.columns]
        found, measured = np.zeros(LONGEST), np.zeros(LONGEST, dtype=bool)
        for distance in range(1, LONGEST + 1):
            pairs = [(table[day], table[day + distance]) for day in ahead if day + distance in ahead]
            both = np.concatenate([np.stack(pair, axis=1) for pair in pairs] or [np.empty((0, 2))])
            both = both[~np.isnan(both).any(axis=1)]
            measured[distance - 1] = len(both) >= LEAST_PAIRS
            if measured[distance - 1]:
                squares = (both**2).mean(axis=0)
                found[distance - 1] = (both[:, 0] * both[:, 1]).mean() / np.sqrt(max(squares.prod(), 1e-12))
        if not measured.any():
            return cls.usual()
        at = np.arange(LONGEST)
        filled = np.clip(np.interp(at, at[measured], found[measured]), 0, HIGHEST)
        return cls(tuple(float(value) for value in filled.round(4)))

    def matrix(self, days: int) -> Floats:
        """The correlation of the days' normal scores (days x days), positive definite."""
        apart = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
        values = np.array([1.0, *self.by_distance])
        wanted = np.asarray(values[np.minimum(apart, len(values) - 1)], dtype=np.float64)
        alone = np.asarray(np.eye(days), dtype=np.float64)
        kept = 1.0
        while np.linalg.eigvalsh(kept * wanted + (1 - kept) * alone).min(initial=1.0) < 1e-6:
            kept *= 0.95  # correlations that no days can have together are weakened until they can
        return kept * wanted + (1 - kept) * alone

    def factor(self, days: int) -> Floats:
        """Lower triangular; times independent normal scores (days) it gives scores correlated as `matrix`."""
        return np.asarray(np.linalg.cholesky(self.matrix(days)), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"by_distance": list(self.by_distance)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Dependence:
        """What `to_dict` gave."""
        return cls(tuple(values["by_distance"]))
