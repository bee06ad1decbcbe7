"""How often true demand stays within the quantiles of its forecasts, by groups, and how far the mean lies off.

A demand that equals several quantiles (none, where they are 0) lies anywhere between their levels: where, is drawn
(the randomised probability integral transform: Czado, Gneiting & Held 2009, Biometrics 65).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES

KEY: Final = ["warehouse_id", "product_id", "date"]
FIFTH: Final = 0.2
TOUCHING: Final = 1e-6  # of float32 forecasts

Floats = NDArray[np.float64]


def covered(demand: Floats, quantiles: Floats, seed: int = 0) -> NDArray[np.bool_]:
    """Whether each demand (n) lies within each quantile (n x 7)."""
    random = np.random.default_rng(seed)
    levels = np.array(QUANTILES)
    below = (quantiles < demand[:, None] - TOUCHING).sum(axis=1)
    within = (quantiles <= demand[:, None] + TOUCHING).sum(axis=1)
    edges = np.concatenate([[0.0], levels, [1.0]])
    # equal to quantiles number below..within-1: its level lies from halfway to the one before to halfway to the next
    low = np.where(below == 0, 0.0, (edges[below] + edges[np.minimum(below + 1, 8)]) / 2)
    high = np.where(within == len(levels), 1.0, (edges[within] + edges[np.minimum(within + 1, 8)]) / 2)
    level = np.where(within > below, random.uniform(low, np.maximum(high, low)), np.nan)
    plain = demand[:, None] <= quantiles + TOUCHING
    return np.where(np.isnan(level)[:, None], plain, level[:, None] <= levels)


def table(forecasts: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Bias of the mean and what q50, q75, q90 and q95 cover, in percent, by group of rows.

    `forecasts`: FORECAST_COLUMNS; `truth`: KEY, demand, category, promoted and level (units a day, of the series)."""
    rows = forecasts.merge(truth, on=KEY)
    rank = rows["level"].rank(method="first", pct=True)
    groups = {
        "all": rank > 0,
        "leaf vegetables": rows["category"] == "leaf vegetables",
        "slowest fifth": rank <= FIFTH,
        "fastest fifth": rank > 1 - FIFTH,
        "promoted": rows["promoted"],
    }
    within = covered(rows["demand"].to_numpy(), rows[list(QUANTILE_COLUMNS)].to_numpy(dtype=float))
    found = {}
    for name, here in groups.items():
        some = rows[here]
        found[name] = {"days": len(some), "mean": 100 * (some["mean"].sum() / some["demand"].sum() - 1)}
        for column in ("q50", "q75", "q90", "q95"):
            found[name][column] = 100 * within[here.to_numpy(), QUANTILE_COLUMNS.index(column)].mean()
    return pd.DataFrame(found).T
