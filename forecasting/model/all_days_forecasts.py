"""Forecasts of all days, which orders are made from, and how both they and those of days seen whole fit what was sold.

Forecasts of days seen whole can be scored; beside each of them stands what was learned of all days
(`forecasting.model.all_days`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.cut_short import Completion
from forecasting.demand.days_in_stock import DaysInStock
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.known.frames import ALL_DAYS_QUANTILES, FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin

KEY: Final = ["warehouse_id", "product_id", "date"]

Floats = NDArray[np.float64]


def of_all_days(of_days_seen_whole: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of demand on all days, FORECAST_COLUMNS, from SEEN_WHOLE_COLUMNS."""
    result = of_days_seen_whole[list(FORECAST_COLUMNS)].copy()
    result["mean"] *= of_days_seen_whole["all_days_factor"]
    result[list(QUANTILE_COLUMNS)] = of_days_seen_whole[list(ALL_DAYS_QUANTILES)].to_numpy()
    return result


def completed_demand(
    known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame
) -> tuple[pd.DataFrame, Floats]:
    """The demand of days, those cut short completed by what they sold until then (`forecasting.demand.cut_short`).

    Returns the forecasts beside the sales of their days, KEY first, a row per day of sales, NaN where nothing was
    forecast; and the demand (n) of each, NaN where the stock ended before the day began. `of_days_seen_whole`
    (SEEN_WHOLE_COLUMNS) has at most one row per warehouse, product and day."""
    history = known.history.where(known.history.days["date"].isin(of_days_seen_whole["date"]).to_numpy())
    beside = history.days[KEY].merge(of_days_seen_whole, how="left", on=KEY)
    of_all_days = (beside["mean"] * beside["all_days_factor"]).to_numpy(dtype=float)
    days = DaysInStock.of(history, known.products, profiles)
    shown = days.exposure > 0
    demand = np.where(shown, days.sold + days.last_sold, np.nan)
    forecast_too = np.flatnonzero(shown & (of_all_days > 0))
    if len(forecast_too) and np.nansum(demand) > 0:
        completed = Completion.fitted(days.where(forecast_too), of_all_days[forecast_too])
        demand[forecast_too] = completed.expected()
    return beside, demand


def with_completed_demand(
    sales: pd.DataFrame, forecasts: pd.DataFrame, known: KnownAtOrigin, profiles: HourlyProfiles
) -> pd.DataFrame:
    """`sales` (KEY, sales, exposure) with `completed`, the demand of each day as its forecast of the eve, of
    `forecasts` (SEEN_WHOLE_COLUMNS), makes it (`completed_demand`); what was due in the hours in stock without one."""
    on_the_eve = forecasts[forecasts["date"] - forecasts["origin"] == pd.Timedelta(days=1)]
    days, demand = completed_demand(known, profiles, on_the_eve)
    found = sales.merge(days[KEY].assign(completed=demand), how="left", on=KEY)
    return found.assign(completed=found["completed"].fillna(found["sales"] / found["exposure"]))


def bias_in_stock(known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame) -> dict[str, float]:
    """Forecast / demand - 1 over all days (`completed_demand`): `all_days` for the forecasts of all days, `seen_whole`
    for those of days seen whole.

    `of_days_seen_whole` (SEEN_WHOLE_COLUMNS) has at most one row per warehouse, product and day. Sales without a
    forecast count as a forecast of zero; NaN where nothing was sold."""
    beside, demand = completed_demand(known, profiles, of_days_seen_whole)
    total = np.nansum(demand)
    if not total > 0:
        return {"all_days": float("nan"), "seen_whole": float("nan")}
    mean = beside["mean"].to_numpy(dtype=float)
    made = {"all_days": mean * beside["all_days_factor"].to_numpy(dtype=float), "seen_whole": mean}
    return {name: float(np.nansum(each[~np.isnan(demand)]) / total) - 1 for name, each in made.items()}
