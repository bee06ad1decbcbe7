"""How forecasts of made warehouses err day by day, and those of a plain forecast (the mean of the same weekday in four
weeks) for the supermarket's vegetables."""

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

FIRST: Final = date(2025, 1, 1)
DEMAND: Final = 1000.0


def made(seed: int, days: int, hangs: float) -> pd.DataFrame:
    """The sums of days whose forecasts are as good as ever; a day's error `hangs` on that of the day before."""
    rng = np.random.default_rng([seed, int(100 * hangs)])
    off = np.zeros(days)
    moves = 0.10 * rng.standard_t(5, days) * np.sqrt(1 - hangs**2)
    for day in range(1, days):
        off[day] = hangs * off[day - 1] + moves[day]
    return framed(DEMAND * np.exp(off), np.full(days, DEMAND), 300 * rng.gamma(12, 1 / 12, days))


def framed(demand: np.ndarray, mean: np.ndarray, off: np.ndarray, first: date = FIRST) -> pd.DataFrame:
    """As `warehouse.worth.drift.drifting` takes it."""
    dates = pd.date_range(first, periods=len(demand))
    return pd.DataFrame({"date": dates, "forecast_demand": demand, "forecast_mean": mean, "forecast_off": off})


def vegetables(path: Path) -> pd.DataFrame:
    """Two and a half years."""
    rows = pd.read_csv(path, parse_dates=["date"])
    wide = rows.pivot_table(index="date", columns="product_id", values="kg_sold", aggfunc="sum")
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max())).fillna(0.0)
    forecast = sum(wide.shift(7 * week) for week in (1, 2, 3, 4)) / 4
    sums = [part.iloc[28:].sum(axis=1).to_numpy() for part in (wide, forecast, (forecast - wide).abs())]
    return framed(*sums, first=wide.index[28].date())
