"""What would have sold had the product been there all day: demand recovered from sales and availability.

A day's exposure is the share of its expected sales that falls into the hours in stock. The expected share of an
hour comes from profiles by category and kind of day (work or rest), each the sales made per hour in stock, so
that an hour in which products are often gone is not taken for an hour in which nobody buys.
Demand = sales / exposure, but only where little is hidden: a product sells out on the days when many want it, so
scaling up a morning's sales overshoots (+9% on FreshRetailNet with days of exposure 0.7 and more, +1% to +2%
with 0.95). Below `least_exposure` a day tells its sales and its exposure, and no demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.frames import HOURS, SalesHistory
from forecasting.workdays import Workdays

ANY = ""  # the profile over all categories, for one that has none of its own
LEAST_SOLD = 100.0  # units; below it a category's profile is mostly chance


@dataclass(frozen=True)
class HourlyProfiles:
    """The share of a day's demand in each hour: 24 numbers that add up to 1, by category and rest day or not."""

    shares: Mapping[tuple[str, bool], tuple[float, ...]]

    @classmethod
    def learn(cls, history: SalesHistory, products: pd.DataFrame) -> HourlyProfiles:
        """Profiles from the rows whose hours are known; flat where there are none."""
        category, rest = _category_and_rest(history, products)
        timed = ~np.isnan(history.hourly_sales[:, 0])
        shares = {}
        for kind in (False, True):
            of_kind = timed & (rest == kind)
            shares[(ANY, kind)] = _profile(history, np.flatnonzero(of_kind)) or (1 / HOURS,) * HOURS
            for name in pd.unique(category):
                if profile := _profile(history, np.flatnonzero(of_kind & (category == name))):
                    shares[(str(name), kind)] = profile
        return cls(shares)

    def of(self, category: str, rest: bool) -> NDArray[np.float32]:
        """The profile (24) of a category on a kind of day."""
        return np.array(self.shares.get((category, rest)) or self.shares[(ANY, rest)], dtype=np.float32)


def exposure(history: SalesHistory, products: pd.DataFrame, profiles: HourlyProfiles) -> NDArray[np.float32]:
    """The share (0..1, n) of each row's expected sales that fell into hours in stock.

    Hours of unknown availability count as in stock.
    """
    category, rest = _category_and_rest(history, products)
    result = np.ones(len(history), dtype=np.float32)
    known = (history.in_stock >= 0).any(axis=1)
    for name in pd.unique(category):
        for kind in (False, True):
            rows = np.flatnonzero((category == name) & (rest == kind) & known)
            result[rows] = ((history.in_stock[rows] != 0) * profiles.of(str(name), kind)).sum(axis=1)
    return np.minimum(result, 1.0)


def recover_demand(
    history: SalesHistory, products: pd.DataFrame, profiles: HourlyProfiles, least_exposure: float = 0.95
) -> pd.DataFrame:
    """Demand by row of the history.

    Columns: warehouse_id, product_id, date, sales, exposure (0..1), demand (the product's unit; NaN where the
    exposure is below `least_exposure`), availability_known (False: the day was taken as wholly in stock).
    """
    exposed = exposure(history, products, profiles)
    result = history.days[["warehouse_id", "product_id", "date", "sales"]].copy()
    result["exposure"] = exposed
    told = exposed >= least_exposure
    result["demand"] = np.where(told, result["sales"] / np.where(told, exposed, 1), np.nan)
    result["availability_known"] = np.asarray((history.in_stock >= 0).any(axis=1))
    return result


def _category_and_rest(history: SalesHistory, products: pd.DataFrame) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Category and rest day of each row."""
    days = history.days
    if days.empty:
        return np.empty(0, dtype=object), np.empty(0, dtype=bool)
    code, names = pd.factorize(days["product_id"])
    category = products.set_index("product_id")["category"].reindex(names).fillna(ANY).to_numpy(dtype=object)
    first = days["date"].min()
    offset = (days["date"] - first).dt.days.to_numpy()
    return category[code], Workdays.of(first, int(offset.max()) + 1).rest[offset]


def _profile(history: SalesHistory, rows: NDArray[np.intp]) -> tuple[float, ...] | None:
    """Sales made per hour in stock, scaled to 1; None where too little was sold to tell."""
    sold = history.hourly_sales[rows].sum(axis=0, dtype=np.float64)
    if sold.sum() < LEAST_SOLD:
        return None
    rate = sold / np.maximum((history.in_stock[rows] != 0).sum(axis=0), 1)
    return tuple(float(share) for share in rate / rate.sum())
