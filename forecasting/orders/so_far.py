"""What has come of today's orders tells what is left of the day: more than was due means that more will come.

The day's factor is gamma with mean 1 and the variance `day_dispersion`; having seen n orders where m were due it is
gamma with shape k + n and rate k + m (`forecasting.statistics.gamma_poisson`), n and m counted as far as they tell of
it: over the variance that an order due has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd

HALF_HOUR: Final = 1800.0  # seconds


@dataclass(frozen=True)
class SoFar:
    """How many `orders` a warehouse had on a local `day` up to a moment of it."""

    day: date
    orders: int
    until: datetime


def as_the_day_goes(forecast: pd.DataFrame, so_far: SoFar) -> pd.DataFrame:
    """The forecast of a warehouse (ORDER_FORECAST_COLUMNS, the whole of that day among it) with the rest of the day as
    its orders so far tell; what was expected up to then, and of other days, stays."""
    today = (forecast["date"] == pd.Timestamp(so_far.day)).to_numpy()
    seconds = (pd.Timestamp(so_far.until) - forecast["half_hour"]).dt.total_seconds().to_numpy(dtype=float)
    passed = np.clip(seconds / HALF_HOUR, 0, 1)
    mean, dispersion, of_day = (
        forecast[name].to_numpy(dtype=float) for name in ("mean", "dispersion", "day_dispersion")
    )
    due = float((mean * passed)[today].sum())
    shared = float(of_day[today].max()) if today.any() else 0.0
    if due <= 0 or shared <= 0:
        return forecast
    apart = mean + (dispersion - of_day) * mean**2  # the variance of each half hour once its day is known
    an_order = max(float((apart * passed)[today].sum()) / due, 1e-9)
    shape = 1 / shared
    factor = (shape + so_far.orders / an_order) / (shape + due / an_order)
    left = 1 / (shape + so_far.orders / an_order)  # the relative variance of what the factor is now
    rest = today & (passed < 1)
    own = (dispersion - of_day) / (1 + of_day)  # by itself; divided by the factor, the variance of an order stays
    return forecast.assign(
        mean=np.where(rest, mean * factor, mean),
        dispersion=np.where(rest, own / factor * (1 + left) + left, dispersion),
        day_dispersion=np.where(rest, left, of_day),
    )
