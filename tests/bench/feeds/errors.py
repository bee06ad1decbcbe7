"""How forecasts of made warehouses err day by day, and those of a plain forecast (the mean of the same weekday in four
weeks) for the supermarket's vegetables."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

FIRST: Final = date(2025, 1, 1)
DEMAND: Final = 1000.0
CATEGORIES: Final = 8


def made(seed: int, days: int, hangs: float) -> pd.DataFrame:
    """The sums of days whose forecasts are as good as ever; a day's error `hangs` on that of the day before."""
    rng = np.random.default_rng([seed, int(100 * hangs)])
    off = np.zeros(days)
    moves = 0.10 * rng.standard_t(5, days) * np.sqrt(1 - hangs**2)
    for day in range(1, days):
        off[day] = hangs * off[day - 1] + moves[day]
    return framed(DEMAND * np.exp(off), np.full(days, DEMAND), 300 * rng.gamma(12, 1 / 12, days))


def made_by_category(seed: int, days: int, hangs: float) -> dict[str, pd.DataFrame]:
    """The same of CATEGORIES of a warehouse, of unequal size: the day moves all of them alike by as much as each moves
    by itself, and the small ones are the wilder."""
    rng = np.random.default_rng([seed, int(100 * hangs), CATEGORIES])
    together = made(seed, days, hangs)["forecast_demand"].to_numpy() / DEMAND
    found = {}
    for number in range(CATEGORIES):
        alone = made(seed * CATEGORIES + number + 1, days, hangs)
        size = DEMAND * 0.7**number
        own = (alone["forecast_demand"].to_numpy() / DEMAND) ** (1 + number / CATEGORIES)
        off = 0.3 * (1 + number / CATEGORIES) * size * rng.gamma(12, 1 / 12, days)
        found[f"category {number}"] = framed(size * together * own, np.full(days, size), off)
    return found


def added(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Categories as one."""
    return pd.concat(parts).groupby("date", as_index=False).sum()


def framed(demand: np.ndarray, mean: np.ndarray, off: np.ndarray, first: date = FIRST) -> pd.DataFrame:
    """As `warehouse.worth.drift.drifting` takes it."""
    dates = pd.date_range(first, periods=len(demand))
    return pd.DataFrame({"date": dates, "forecast_demand": demand, "forecast_mean": mean, "forecast_off": off})


def vegetables(path: Path, category: str | None = None) -> pd.DataFrame:
    """Three years, of all or of a category."""
    rows = pd.read_csv(path, parse_dates=["date"])
    rows = rows if category is None else rows[rows["category"] == category]
    wide = rows.pivot_table(index="date", columns="product_id", values="kg_sold", aggfunc="sum")
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max())).fillna(0.0)
    forecast = sum(wide.shift(7 * week) for week in (1, 2, 3, 4)) / 4
    sums = [part.iloc[28:].sum(axis=1).to_numpy() for part in (wide, forecast, (forecast - wide).abs())]
    return framed(*sums, first=wide.index[28].date())


def categories(path: Path) -> list[str]:
    """Of the vegetables."""
    return sorted(pd.read_csv(path, usecols=["category"])["category"].unique())
