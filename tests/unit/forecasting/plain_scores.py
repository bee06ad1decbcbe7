"""Scores by their definitions, for tests to hold the product's scores and forecasts against."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def wape(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of absolute errors over the sum of demand."""
    return float(np.abs(np.subtract(forecast, demand)).sum() / np.sum(demand))


def wpe(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of forecast less demand over the sum of demand."""
    return float(np.subtract(forecast, demand).sum() / np.sum(demand))


def coverage(demand: ArrayLike, forecast: ArrayLike) -> float:
    """The share of rows whose demand is at or below the forecast."""
    return float(np.mean(np.asarray(demand) <= np.asarray(forecast) + 1e-9))
