"""FreshRetailNet's stores as a world: how much of each store's day what it sells was in stock, drawn again by weeks of
ten stores together, so that what befell them and what they share stays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.bench.trials.worlds import FIRST, World
from warehouse.worth.trials.contrasts import Days

Floats = NDArray[np.float64]
STORES = 10  # in a trial
HOURS = 16  # of a day in which shelves are looked at
WEEK = 7


@dataclass(frozen=True, eq=False)
class RecordedStores(World):
    """Hours in stock and hours of all, stores x days from a Monday on; each trial is of other stores."""

    stocked: Floats | None = None
    hours: Floats | None = None

    def days(self, length: int, dice: np.random.Generator) -> Days:
        """Days made of weeks, drawn with putting back."""
        assert self.stocked is not None and self.hours is not None  # noqa: PT018
        rows = dice.choice(len(self.stocked), STORES, replace=False)
        drawn = dice.integers(0, self.stocked.shape[1] // WEEK, -(-length // WEEK))
        columns = (drawn[:, None] * WEEK + np.arange(WEEK)).ravel()[:length]
        names = [f"W{n:02}" for n in range(STORES)]
        return Days(names, FIRST, self.stocked[rows][:, columns], self.hours[rows][:, columns])


def recorded_stores(path: Path) -> RecordedStores:
    """The world of `train.parquet`: stores that are there on every day."""
    told = pd.read_parquet(path, columns=["store_id", "dt", "stock_hour6_22_cnt"])
    told["dt"] = pd.to_datetime(told["dt"])
    told = told[told["dt"] >= told["dt"].min() + pd.Timedelta(days=(-told["dt"].min().weekday()) % WEEK)]
    by_day = told.groupby(["store_id", "dt"])["stock_hour6_22_cnt"].agg(["sum", "count"]).unstack("dt").dropna()
    hours = HOURS * by_day["count"].to_numpy(dtype=float)
    return RecordedStores("FreshRetailNet's stores", stocked=hours - by_day["sum"].to_numpy(), hours=hours)
