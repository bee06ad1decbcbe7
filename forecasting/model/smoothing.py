"""Exponential smoothing for what nothing else can serve: a region's first days, a product not listed for weeks.

The level is that of the last known days, the latest weighing most (simple exponential smoothing; Brown 1959), however
long ago they were. The distribution is a gamma with that mean and the variation of those days, pulled towards that of
what sells now and then; it is never negative and has the right skew.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from forecasting.features.features import HALF_LIFE, UNKNOWN_VARIATION
from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import QUANTILES

VARIATION_DAYS: Final = 4  # weight of that prior, in days: a fifth after a fortnight


def last_known_levels(panel: Panel, chosen: NDArray[np.bool_], origin: int, scale: Floats) -> tuple[Floats, Floats]:
    """Mean (series) and quantiles (series, 7) of the chosen series (bool, series) for any day after an origin day;
    zeros for the others. `scale` (series): the level of those of which nothing was ever in stock, by their siblings."""
    mean = np.zeros(len(scale), dtype=np.float32)
    quantiles = np.zeros((len(scale), len(QUANTILES)), dtype=np.float32)
    if not chosen.any():
        return mean, quantiles
    sales, exposed = (of_all[chosen] for of_all in panel.visible(origin, slice(0, origin + 1)))
    seen = exposed.astype(np.float64)
    # how much was seen of a series after each day, and on it
    ago = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1]
    weight = np.exp2(-(ago - seen) / HALF_LIFE)
    days = (seen * weight).sum(axis=1)
    level = np.where(days > 0, (sales * weight).sum(axis=1) / np.maximum(days, 1e-9), scale[chosen])
    miss = np.where(seen > 0, sales / np.maximum(seen, 0.1) - level[:, None], 0)
    typical = np.maximum(level, 1e-3)
    squares = (miss**2 * seen * weight).sum(axis=1) + VARIATION_DAYS * (UNKNOWN_VARIATION * typical) ** 2
    shape = typical**2 / (squares / (days + VARIATION_DAYS))
    mean[chosen] = level
    quantiles[chosen] = gammaincinv(shape[:, None], np.array(QUANTILES)) * (typical / shape)[:, None]  # of a gamma
    return mean, quantiles
