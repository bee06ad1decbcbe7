"""What demand was behind the latest sales, and how far up it was ever seen: computed once per process for all
warehouses of a run, since a product's level leans on its siblings elsewhere.

The latest eight weeks are looked at: long enough to show a quantile of 0.98, and no longer than a level lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import URL
from sqlalchemy.orm import Session

from data.frames.recovered_demand import NOTHING_KNOWN
from data.kept.kept_demand import keep_recovered
from data.tables import RECOVERED_DAYS
from flows.demand.run_snapshot import kept_region_model, snapshot_of_run
from forecasting.demand.highest_seen_quantile import covered_quantile
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.demand.recovery import recover_demand
from forecasting.known.frames import KnownAtOrigin

DAYS_LOOKED_AT = 56
KEY = ["warehouse_id", "product_id"]


@dataclass(frozen=True, eq=False)
class BehindSales:
    """What was behind the latest sales of every product in every warehouse: row i of the arrays belongs to row i of
    `shown` (warehouse_id, product_id, days_seen_whole, highest_seen_quantile), their columns are days up to
    `last_day`."""

    last_day: date
    shown: pd.DataFrame
    demand: NDArray[np.float64]  # NaN: nothing is known
    how: NDArray[np.str_]  # the first letter of recover_demand's `how`

    def keep(self, session: Session, warehouse_ids: Sequence[str], origin: datetime) -> None:
        """Keeps what concerns some warehouses."""
        keep_recovered(session, warehouse_ids, self.shown, self.demand, self.how, self.last_day, origin)


_one_works = Lock()


def behind_sales_of_run(url: URL, region_model_id: str, origin: datetime, now: datetime, timezone: str) -> BehindSales:
    """What was behind a region's sales that are known at the origin, once a process for all work of a run made at
    `now`."""
    with _one_works:
        return _of_step(url, region_model_id, origin, now, timezone)


@lru_cache(maxsize=1)
def _of_step(url: URL, region_model_id: str, origin: datetime, now: datetime, timezone: str) -> BehindSales:
    return behind_sales(
        snapshot_of_run(url, origin, now, timezone).known, kept_region_model(url, region_model_id).profiles
    )


def behind_sales(known: KnownAtOrigin, profiles: HourlyProfiles) -> BehindSales:
    """What was behind the latest sales."""
    ago = (known.origin_day - known.history.days["date"]).dt.days.to_numpy()
    latest = known.history.where((ago >= 0) & (ago < DAYS_LOOKED_AT))
    recovered = recover_demand(latest, known.products, profiles, known.warehouses)
    shown = covered_quantile(recovered)
    demand = np.full((len(shown), RECOVERED_DAYS), np.nan)
    how = np.full(demand.shape, NOTHING_KNOWN)
    column = RECOVERED_DAYS - 1 - (known.origin_day - recovered["date"]).dt.days.to_numpy()
    row = pd.MultiIndex.from_frame(shown[KEY]).get_indexer(pd.MultiIndex.from_frame(recovered[KEY]))
    kept = column >= 0
    demand[row[kept], column[kept]] = recovered["demand"].to_numpy()[kept]
    how[row[kept], column[kept]] = recovered["how"].str[0].to_numpy(dtype=str)[kept]
    return BehindSales(known.origin_day.date(), shown, demand, how)
