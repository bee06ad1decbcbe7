"""The forecasts of the days a plan looks at, as arrays, with days nobody forecast filled in and marked.

A day without a forecast takes that of the same weekday a week before it, else of the last day before it, else
of the first day after it. How many were filled in is told, so that a plan can say so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLUMNS = ("product_id", "date", "mean")
QUANTILE_COLUMN = re.compile(r"q(\d\d)")  # q05 is the 5% quantile


@dataclass(frozen=True, eq=False)
class ForecastDays:
    """Forecasts of products (p) and days (t) by their quantiles (q), the product's unit.

    probabilities  q, ascending: of the quantiles, as the forecasts' columns name them
    quantiles      p x t x q, mean p x t; 0 where nothing is known of a product
    extended       p x t: taken from another day
    missing        p: no forecast at all
    """

    probabilities: Floats
    quantiles: Floats
    mean: Floats
    extended: NDArray[np.bool_]
    missing: NDArray[np.bool_]

    def only(self, rows: slice) -> "ForecastDays":
        """Of these products."""
        of_products = (self.quantiles[rows], self.mean[rows], self.extended[rows], self.missing[rows])
        return ForecastDays(self.probabilities, *of_products)


def forecast_days(
    forecasts: pd.DataFrame, product_ids: Sequence[str], first: date, at_least_until: date
) -> ForecastDays:
    """The days from `first` to the last one forecast, at least to `at_least_until`.

    forecasts  product_id, date, q05 .. q95, mean

    Raises ValueError for missing columns, for a day that is given twice, and for quantiles that are negative or
    cross, naming product and day.
    """
    names = sorted(name for name in forecasts.columns if QUANTILE_COLUMN.fullmatch(str(name)))
    missing_columns = sorted(set(COLUMNS) - set(forecasts.columns)) + ([] if names else ["q05 .. q95"])
    if missing_columns:
        raise ValueError(f"forecasts: missing columns {missing_columns}")
    day = (pd.to_datetime(forecasts["date"]) - pd.Timestamp(first)).dt.days.to_numpy()
    row = pd.Index(product_ids).get_indexer(pd.Index(forecasts["product_id"]))
    wanted = (day >= 0) & (row >= 0)
    _check(forecasts[wanted], names)
    days = max((at_least_until - first).days, int(day[wanted].max(initial=0))) + 1
    values = np.full((len(product_ids), days, len(names) + 1), np.nan)
    values[row[wanted], day[wanted]] = forecasts.loc[wanted, [*names, "mean"]].to_numpy(float)

    known = ~np.isnan(values[:, :, 0])
    for at in range(days):
        if at >= 7:
            _fill(values, at, at - 7)
        if at >= 1:
            _fill(values, at, at - 1)
    for at in range(days - 2, -1, -1):
        _fill(values, at, at + 1)
    missing = ~known.any(axis=1)
    values[missing] = 0
    probabilities = np.array([int(name[1:]) / 100 for name in names])
    return ForecastDays(probabilities, values[:, :, :-1], values[:, :, -1], ~known, missing)


def _fill(values: Floats, day: int, from_day: int) -> None:
    gap = np.isnan(values[:, day, 0])
    values[gap, day] = values[gap, from_day]


def _check(forecasts: pd.DataFrame, names: list[str]) -> None:
    twice = forecasts.duplicated(["product_id", "date"])
    quantiles = forecasts[names].to_numpy(float)
    wrong = np.isnan(quantiles).any(axis=1) | (quantiles[:, 0] < 0) | (np.diff(quantiles) < 0).any(axis=1)
    for mask, what in ((twice.to_numpy(), "is given twice"), (wrong, "has negative or crossing quantiles")):
        if mask.any():
            bad = forecasts[mask].iloc[0]
            raise ValueError(f"forecast of product {bad['product_id']} for {bad['date']} {what}")
