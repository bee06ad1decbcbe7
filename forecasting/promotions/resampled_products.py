"""Intervals of the effects of promotions, by resampling products (Efron & Tibshirani 1993).

Products differ in how they react, days of one product less so: what another choice of products would have shown is the
uncertainty that counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from forecasting.promotions.grid import Doubles

INTERVAL: Final = (0.10, 0.90)  # as wide as the range that a forecast is shown with


def drawn_products(products: int, resamples: int, rng: np.random.Generator) -> Iterator[Doubles]:
    """How often each product (0..) is drawn, once per resample."""
    for _ in range(resamples):
        yield np.bincount(rng.integers(0, products, products), minlength=products).astype(np.float64)


def interval(drawn: Sequence[Doubles], count: int) -> tuple[Doubles, Doubles]:
    """The ends of the interval of each of `count` numbers over the resamples; NaN without any."""
    if not drawn:
        return np.full(count, np.nan), np.full(count, np.nan)
    low, high = np.quantile(np.stack(drawn), INTERVAL, axis=0)
    return low, high
