"""What a forecast has to beat: four simple methods for all series of a panel at once, each from what an origin saw.

- Seasonal naive: the same weekday a week before (Hyndman & Athanasopoulos, Forecasting: Principles and Practice,
  3rd ed., 5.2).
- The mean of the last seven days.
- Simple exponential smoothing, its weight chosen per series by past one-step errors (Brown 1959; Gardner 2006).
- TSB for demand that comes now and then: its probability and its size are smoothed apart, so that it fades when a
  product stops selling (Teunter, Syntetos & Babai, EJOR 214, 2011).

They see the sales of days seen whole, as they were booked: scaled up by exposure
they score worse (on FreshRetailNet, 29 May to 11 June, the mean of seven days has a WAPE of 0.3365 instead of 0.3352).
Quantiles are those of a safety stock by the book, the point plus z times the standard deviation of its past one-day
errors (Silver, Pyke & Thomas 2017, ch. 6), so that methods can be compared at the quantiles that are ordered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.features.features import UNKNOWN_VARIATION
from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, QUANTILES
from forecasting.known.seen_whole import SEEN_WHOLE
from forecasting.model.smoothing import VARIATION_DAYS

SEASONAL_NAIVE: Final = "seasonal_naive"
MEAN_7_DAYS: Final = "mean_7_days"
SMOOTHED: Final = "simple_exponential_smoothing"
TSB: Final = "tsb"
BASELINES: Final = (SEASONAL_NAIVE, MEAN_7_DAYS, SMOOTHED, TSB)

WEEK: Final = 7
LOOKBACK: Final = 84  # days looked at; with the least weight of the grid, what lies before counts for under 2%
WEEKS_BACK: Final = 4  # of one weekday, for the last that was seen whole
# Weights that a series chooses from; the first is taken where no past error distinguishes them. The usual range is 0.05
# to 0.3 (Gardner 1985; Teunter et al. 2011), and 0.5 for levels that jump.
LEVEL_WEIGHTS: Final = (0.2, 0.05, 0.1, 0.3, 0.5)
SIZE_WEIGHTS: Final = (0.2, 0.1, 0.3)
PROBABILITY_WEIGHTS: Final = (0.1, 0.05, 0.2)
TOGETHER: Final = 1024  # series worked on at once, so that they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class BaselineForecast:
    """Forecasts from one origin: `points` (series, horizon) and the standard deviation of past one-day errors, `error`
    (series); both in the product's unit per day."""

    points: Floats
    error: Floats


def forecasts_by_baseline(panel: Panel, origin: int, horizons: Sequence[int]) -> dict[str, BaselineForecast]:
    """Every baseline for all series of the panel, as seen from an origin day (index), by the names in BASELINES.

    A series that was never in stock is forecast as zero.
    """
    demand = visible_demand(panel, origin)
    methods = {SEASONAL_NAIVE: _seasonal_naive, MEAN_7_DAYS: _mean_of_last_week, SMOOTHED: _smoothed, TSB: _tsb}
    chunks = [demand[at : at + TOGETHER] for at in range(0, len(demand), TOGETHER)]
    found = {name: [method(chunk, horizons) for chunk in chunks] for name, method in methods.items()}
    return {
        name: BaselineForecast(
            np.concatenate([part.points for part in parts]), np.concatenate([part.error for part in parts])
        )
        for name, parts in found.items()
    }


def baseline_forecasts(panel: Panel, origins: Mapping[pd.Timestamp, Sequence[int]]) -> pd.DataFrame:
    """Every baseline from several origin days, each with its horizons (days).

    Columns: warehouse_id, product_id, date, origin; for each name in BASELINES the point, and NAME_error, the
    standard deviation of its past one-day errors. One row per series that was on sale by the origin, and day.
    """
    parts = []
    for day, horizons in origins.items():
        origin = panel.index(day)
        offered = panel.offered(origin)
        seen = panel if offered.all() else panel.where(offered)
        found = forecasts_by_baseline(seen, origin, horizons)
        for at, horizon in enumerate(horizons):
            frame = seen.series[["warehouse_id", "product_id"]].copy()
            frame["date"] = panel.day(origin + horizon)
            frame["origin"] = day
            for name, plain in found.items():
                frame[name] = plain.points[:, at]
                frame[f"{name}_error"] = plain.error
            parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def as_distribution(baselines: pd.DataFrame, name: str) -> pd.DataFrame:
    """One baseline of `baseline_forecasts` with quantiles: FORECAST_COLUMNS, `model` being its name."""
    point = baselines[name].to_numpy(dtype=np.float32)
    error = baselines[f"{name}_error"].to_numpy(dtype=np.float32)
    frame = baselines[["warehouse_id", "product_id", "date", "origin"]].copy()
    for column, quantile in zip(QUANTILE_COLUMNS, QUANTILES, strict=True):
        frame[column] = np.maximum(point + np.float32(norm.ppf(quantile)) * error, 0)
    frame["mean"] = point
    frame["model"] = name
    return frame[list(FORECAST_COLUMNS)]


def visible_demand(panel: Panel, origin: int) -> Floats:
    """Sales (series, the last LOOKBACK days or as many as there are) known at the origin, of days seen whole; NaN on
    other days. A series without such days gives those of its highest exposure."""
    sales, exposed = panel.visible(origin, slice(max(origin + 1 - LOOKBACK, 0), origin + 1))
    least = np.minimum(SEEN_WHOLE, exposed.max(axis=1, keepdims=True))
    visible = (exposed >= least) & (exposed > 0)
    demand: Floats = np.where(visible, sales, np.nan).astype(np.float32)
    return demand


def _seasonal_naive(demand: Floats, horizons: Sequence[int]) -> BaselineForecast:
    points = np.repeat(_trailing_means(demand)[:, -1:], len(horizons), axis=1)
    for at, horizon in enumerate(horizons):
        latest = demand.shape[1] - 1 + horizon - WEEK * -(-horizon // WEEK)  # its weekday's last one up to the origin
        for day in range(latest - WEEK * (WEEKS_BACK - 1), latest + 1, WEEK):
            if day >= 0:
                points[:, at] = np.where(np.isnan(demand[:, day]), points[:, at], demand[:, day])
    return _with_error(points, demand[:, WEEK:] - demand[:, :-WEEK])


def _mean_of_last_week(demand: Floats, horizons: Sequence[int]) -> BaselineForecast:
    past = _trailing_means(demand)
    points = np.repeat(past[:, -1:], len(horizons), axis=1)
    return _with_error(points, (demand - past[:, :-1])[:, WEEK:])


def _trailing_means(demand: Floats) -> Floats:
    """The mean of the last week before each day and before the one after the last (series, days + 1); of all days
    before where none of the week is known; then zero."""
    start = np.zeros((len(demand), 1))
    sums = np.concatenate([start, np.cumsum(np.nan_to_num(demand), axis=1, dtype=np.float64)], axis=1)
    known = np.concatenate([start, np.cumsum(~np.isnan(demand), axis=1)], axis=1)
    before = np.maximum(np.arange(demand.shape[1] + 1) - WEEK, 0)
    in_week = known - known[:, before]
    of_week = (sums - sums[:, before]) / np.maximum(in_week, 1)
    means: Floats = np.where(in_week > 0, of_week, sums / np.maximum(known, 1)).astype(np.float32)
    return means


def _smoothed(demand: Floats, horizons: Sequence[int]) -> BaselineForecast:
    known = ~np.isnan(demand)
    first = known & (np.cumsum(known, axis=1) <= WEEK)
    start = np.where(first, demand, 0).sum(axis=1) / np.maximum(first.sum(axis=1), 1)
    weight = np.array(LEVEL_WEIGHTS, dtype=np.float32)
    level = np.repeat(start[:, None].astype(np.float32), len(weight), axis=1)
    squares = np.zeros_like(level)
    values, happened = np.nan_to_num(demand), known.astype(np.float32)
    tests = (known & ~first).astype(np.float32)  # the first days made the level: they do not test it
    for day in range(demand.shape[1]):
        miss = happened[:, day, None] * (values[:, day, None] - level)
        squares += tests[:, day, None] * miss**2
        level += weight * miss
    return _best(level, squares, (known & ~first).sum(axis=1), horizons)


def _tsb(demand: Floats, horizons: Sequence[int]) -> BaselineForecast:
    known = ~np.isnan(demand)
    sold = known & (np.nan_to_num(demand) > 0)
    first = known & (np.cumsum(known, axis=1) <= WEEK)
    first_days = np.maximum(first.sum(axis=1), 1)
    first_sale = np.take_along_axis(np.nan_to_num(demand), np.argmax(sold, axis=1)[:, None], axis=1)[:, 0]
    sales = (first & sold).sum(axis=1)
    start = np.where(sales > 0, np.where(first & sold, demand, 0).sum(axis=1) / np.maximum(sales, 1), first_sale)
    grid = np.array(list(product(SIZE_WEIGHTS, PROBABILITY_WEIGHTS)), dtype=np.float32)
    size = np.repeat(start[:, None].astype(np.float32), len(grid), axis=1)
    probability = np.repeat((sales / first_days)[:, None].astype(np.float32), len(grid), axis=1)
    squares = np.zeros_like(size)
    values, tests = np.nan_to_num(demand), (known & ~first).astype(np.float32)
    happened, sales_only = known.astype(np.float32), sold.astype(np.float32)  # as numbers: faster than choosing
    for day in range(demand.shape[1]):
        value = values[:, day, None]
        squares += tests[:, day, None] * (value - size * probability) ** 2
        size += (sales_only[:, day, None] * grid[:, 0]) * (value - size)
        probability += (happened[:, day, None] * grid[:, 1]) * (sales_only[:, day, None] - probability)
    return _best(size * probability, squares, (known & ~first).sum(axis=1), horizons)


def _best(level: Floats, squares: Floats, tested: NDArray[np.intp], horizons: Sequence[int]) -> BaselineForecast:
    """Of each series the parameters with the least past errors; the forecast is the same for every day ahead."""
    best = np.argmin(squares, axis=1)[:, None]
    points = np.repeat(np.take_along_axis(level, best, axis=1), len(horizons), axis=1)
    return BaselineForecast(points, _deviation(points[:, 0], np.take_along_axis(squares, best, axis=1)[:, 0], tested))


def _with_error(points: Floats, errors: Floats) -> BaselineForecast:
    squares = np.nan_to_num(errors.astype(np.float32) ** 2).sum(axis=1)
    return BaselineForecast(points, _deviation(points.mean(axis=1), squares, (~np.isnan(errors)).sum(axis=1)))


def _deviation(level: Floats, squares: Floats, tested: NDArray[np.intp]) -> Floats:
    """The standard deviation of past errors; wide while there are few, as in forecasting.model.smoothing."""
    unknown = VARIATION_DAYS * (UNKNOWN_VARIATION * level) ** 2
    deviation: Floats = np.sqrt((squares + unknown) / (tested + VARIATION_DAYS)).astype(np.float32)
    return deviation
