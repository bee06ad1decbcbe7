"""Customers' orders of each half hour of the next days: what a day brings, its shares, and how far both scatter.

The half hours of a day add up to the day's orders, and these are the day's demand in lines over the lines of an order:
so orders rise and fall with the demand that is bought and staffed for.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from forecasting.orders.counts import ORDER_FORECAST_COLUMNS
from forecasting.orders.days import expected_orders
from forecasting.orders.half_hours import half_hours_of, shares_of_days
from forecasting.orders.known_orders import KnownOrders, OrderDays
from forecasting.orders.scatter import Scatter

DAYS: Final = 3  # at any moment of the first of them the next 48 hours lie within


def order_forecast(known: KnownOrders, days: int = DAYS) -> pd.DataFrame:
    """The orders of each half hour of the days after the last that is over. Columns: ORDER_FORECAST_COLUMNS.

    No rows for a warehouse of which neither orders nor, beside others' orders, demand is known."""
    told = OrderDays.of(known, days)
    expected = expected_orders(told)
    shares = shares_of_days(told)
    scatter = Scatter.measured(told, shares, expected)
    parts = []
    for ahead in range(told.past, told.past + days):
        moments, slot = half_hours_of(told.days[ahead], known.zone)
        share = shares[:, ahead][:, slot]
        total = share.sum(axis=1, keepdims=True)
        mean = expected[:, ahead, None] * share / np.where(total > 0, total, 1)
        of_day = np.repeat(np.array(scatter.day)[told.leaning.astype(np.intp)], len(slot))
        parts.append(
            pd.DataFrame(
                {
                    "warehouse_id": np.repeat(np.array(told.warehouse_ids, dtype=object), len(slot)),
                    "date": told.days[ahead],
                    "half_hour": np.tile(moments, len(told.warehouse_ids)),
                    "mean": mean.ravel(),
                    "dispersion": scatter.dispersion(mean.ravel(), of_day),
                    "day_dispersion": of_day,
                }
            )
        )
    forecast = pd.concat(parts, ignore_index=True).dropna(subset=["mean"])
    forecast["half_hour"] = pd.to_datetime(forecast["half_hour"], utc=True)
    forecast = forecast.sort_values(["warehouse_id", "half_hour"], ignore_index=True)
    return forecast[list(ORDER_FORECAST_COLUMNS)]
