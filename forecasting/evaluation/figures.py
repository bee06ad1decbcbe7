"""The figures of accuracy, and what they are sums of: WAPE, WPE, pinball loss, coverage and RMSSE.

WAPE = sum|y - f| / sum y of the median; WPE = sum(f - y) / sum y; pinball loss over demand (Koenker & Bassett 1978);
coverage = the share of rows at or below a quantile; RMSSE = root of the mean squared error, each series' relative to
its own change from day to day (Hyndman & Koehler 2006). All are ratios of sums over rows, so that sums by day are
enough to resample days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES

TOUCHING: Final = 1e-9  # demand this close above a quantile is covered by it: float32 forecasts, float64 sales
FIGURES: Final = (
    "wape",
    "wpe",
    "wpe_mean",
    "pinball",
    *(f"pinball_{column}" for column in QUANTILE_COLUMNS),
    *(f"coverage_{column}" for column in QUANTILE_COLUMNS),
    "rmsse",
)

Floats = NDArray[np.float64]


def pinball_loss(demand: ArrayLike, forecast: ArrayLike, quantile: ArrayLike) -> Floats:
    """The pinball loss of quantile forecasts, element by element, in the unit of demand."""
    short = np.asarray(demand, dtype=float) - np.asarray(forecast, dtype=float)
    level = np.asarray(quantile, dtype=float)
    loss: Floats = np.maximum(level * short, (level - 1) * short)
    return loss


def covered(demand: ArrayLike, forecast: ArrayLike) -> NDArray[np.bool_]:
    """Whether demand lies at or below a quantile forecast, element by element."""
    return np.asarray(np.asarray(demand, dtype=float) <= np.asarray(forecast, dtype=float) + TOUCHING)


def ingredients_of(rows: pd.DataFrame, forecast: pd.DataFrame) -> tuple[Floats, list[str]]:
    """What the figures are sums of (row, ingredient), and the names of the ingredients.

    `rows` has sales, naive_mse and told (whether it counts for coverage), `forecast` the quantiles and the mean of each
    row; a missing one counts as zero."""
    y = rows["sales"].to_numpy(dtype=float)
    median = forecast["q50"].fillna(0).to_numpy(dtype=float)
    scale = rows["naive_mse"].to_numpy(dtype=float)
    scaled = ~np.isnan(scale)
    told = rows["told"].to_numpy(dtype=bool)
    columns: dict[str, Floats] = {
        "rows": np.ones(len(rows)),
        "told": told.astype(float),
        "demand": y,
        "missing": np.asarray(forecast["q50"].isna(), dtype=float),
        "absolute": np.abs(y - median),
        "bias": median - y,
        "bias_mean": forecast["mean"].fillna(0).to_numpy(dtype=float) - y,
        "squared": np.where(scaled, (y - median) ** 2 / np.where(scaled, scale, 1), 0),
        "scaled": scaled.astype(float),
    }
    for column, quantile in zip(QUANTILE_COLUMNS, QUANTILES, strict=True):
        f = forecast[column].fillna(0).to_numpy(dtype=float)
        columns[f"pinball_{column}"] = pinball_loss(y, f, quantile)
        columns[f"coverage_{column}"] = (covered(y, f) & told).astype(float)
    return np.stack(list(columns.values()), axis=1), list(columns)


def figures_of(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """FIGURES from sums of the ingredients; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        demand = np.where(sums["demand"] > 0, sums["demand"], np.nan)
        told = np.where(sums["told"] > 0, sums["told"], np.nan)
        losses = {f"pinball_{column}": sums[f"pinball_{column}"] / demand for column in QUANTILE_COLUMNS}
        return {
            "wape": sums["absolute"] / demand,
            "wpe": sums["bias"] / demand,
            "wpe_mean": sums["bias_mean"] / demand,
            "pinball": np.mean(list(losses.values()), axis=0),
            **losses,
            **{f"coverage_{column}": sums[f"coverage_{column}"] / told for column in QUANTILE_COLUMNS},
            "rmsse": np.sqrt(sums["squared"] / np.where(sums["scaled"] > 0, sums["scaled"], np.nan)),
        }
