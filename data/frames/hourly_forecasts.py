"""Forecasts of hours, unpacked from how `data.kept.kept_hours` packs them."""

import numpy as np
from numpy.typing import NDArray

from data.frames.serving_forecasts import QUANTILES
from data.tables import HOURS, HourlyForecastRow

Floats = NDArray[np.float64]

PLACES = 4  # that a quantile is told with: 32-bit floats have no more to tell


def hours_of(row: HourlyForecastRow) -> tuple[Floats, Floats]:
    """The mean (24) and the quantiles (24 x 7) of a row's hours."""
    mean = np.frombuffer(row.mean, dtype="<f8").astype(np.float64)
    quantiles = np.frombuffer(row.quantiles, dtype="<f4").astype(np.float64).reshape(HOURS, len(QUANTILES))
    return mean, quantiles.round(PLACES)
