"""Forecasts of all days, which orders are made from, and how both they and those of days seen whole fit what was sold.

Forecasts of days seen whole can be scored; beside each of them stands what was learned of all days
(`forecasting.model.all_days`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.demand.cut_short import Completion
from forecasting.demand.days_in_stock import DaysInStock
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.known.frames import ALL_DAYS_QUANTILES, FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin


def of_all_days(of_days_seen_whole: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of demand on all days, FORECAST_COLUMNS, from SEEN_WHOLE_COLUMNS."""
    result = of_days_seen_whole[list(FORECAST_COLUMNS)].copy()
    result["mean"] *= of_days_seen_whole["all_days_factor"]
    result[list(QUANTILE_COLUMNS)] = of_days_seen_whole[list(ALL_DAYS_QUANTILES)].to_numpy()
    return result


def bias_in_stock(known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame) -> dict[str, float]:
    """Forecast / demand - 1 over all days, those cut short completed by what they sold until then
    (`forecasting.demand.cut_short`): `all_days` for the forecasts of all days, `seen_whole` for those of days seen
    whole.

    `of_days_seen_whole` (SEEN_WHOLE_COLUMNS) has at most one row per warehouse, product and day. Sales without a
    forecast count as a forecast of zero; NaN where nothing was sold."""
    key = ["warehouse_id", "product_id", "date"]
    history = known.history.where(known.history.days["date"].isin(of_days_seen_whole["date"]).to_numpy())
    beside = history.days[key].merge(of_days_seen_whole, how="left", on=key)
    forecast = beside["mean"].to_numpy(dtype=float)
    of_all_days = forecast * beside["all_days_factor"].to_numpy(dtype=float)
    days = DaysInStock.of(history, known.products, profiles)
    shown = days.exposure > 0
    demand = days.sold + days.last_sold
    if not demand[shown].sum() > 0:
        return {"all_days": float("nan"), "seen_whole": float("nan")}
    forecast_too = np.flatnonzero(shown & (of_all_days > 0))
    if len(forecast_too):
        completed = Completion.fitted(days.where(forecast_too), of_all_days[forecast_too])
        demand[forecast_too] = completed.expected()
    made = {"all_days": of_all_days, "seen_whole": forecast}
    return {name: float(np.nansum(each[shown]) / demand[shown].sum()) - 1 for name, each in made.items()}
