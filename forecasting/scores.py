"""How good forecasts were: WAPE, WPE, pinball loss and coverage, over rows of demand and forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from forecasting.frames import QUANTILE_COLUMNS, QUANTILES


def wape(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of absolute errors over the sum of demand."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float(np.abs(y - f).sum() / y.sum())


def wpe(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of forecast less demand over the sum of demand: positive where too much was forecast."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float((f - y).sum() / y.sum())


def pinball(demand: ArrayLike, forecast: ArrayLike, quantile: float) -> float:
    """Mean pinball loss of a quantile forecast, over mean demand."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float(np.maximum(quantile * (y - f), (quantile - 1) * (y - f)).mean() / y.mean())


def coverage(demand: ArrayLike, forecast: ArrayLike) -> float:
    """The share of rows whose demand is at or below the forecast."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float((y <= f + 1e-9).mean())


def scores(demand: ArrayLike, forecasts: pd.DataFrame) -> dict[str, float]:
    """All of them for a frame with q05..q95 and mean: wape and wpe of the median, wpe_mean, pinball (the mean over
    the quantiles), and coverage_q05..coverage_q95."""
    result = {
        "wape": wape(demand, forecasts["q50"]),
        "wpe": wpe(demand, forecasts["q50"]),
        "wpe_mean": wpe(demand, forecasts["mean"]),
        "pinball": float(
            np.mean([pinball(demand, forecasts[c], q) for c, q in zip(QUANTILE_COLUMNS, QUANTILES, strict=True)])
        ),
    }
    return result | {f"coverage_{c}": coverage(demand, forecasts[c]) for c in QUANTILE_COLUMNS}
