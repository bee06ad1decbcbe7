"""Demand and prices of the past by series and day, and the demand expected there had nothing been promoted.

The expected level of a day is the series' own on days outside of promotions near it, adjusted by what its region,
category in the city and warehouse did on such days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.expected_levels import seen_sales
from forecasting.demand.hourly_profiles import HourlyProfiles, exposure
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.prices import prices_come_with_sales, unknown_prices
from forecasting.statistics.credibility import pulled_ratios

CHEAPER: Final = 0.955  # of price / list price: from here down a day counts as promoted, as does an announced one
RUN_DAYS: Final = 4  # days of a run that are distinguished; the last stands for all later ones
DAYS_AFTER: Final = 5  # after which the dip is over: docs/promotions.md
HALF_LIFE: Final = 10.0  # days, of the weight of a day outside of promotions; as in features.scale_of
LEAST_DAYS: Final = 2.0  # sum of such weights below which a level is not known
ROUNDS: Final = 3  # of levels and days in turn; the effects of days are small, so they settle at once

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class PromotionGrid:
    """What is known of demand and prices, arrays of (series, day); codes are by series (0..)."""

    sold: Doubles  # in hours in stock, the product's unit
    exposure: Doubles  # the share of the day that these hours are; 0 where nothing is known
    price: Doubles  # price / list price
    on: Bools  # in a promotion
    run_day: Index  # 1.. in a run; 0 outside, and where the run's beginning is not known
    after: Index  # 1.. days after a run, at most DAYS_AFTER; 0 otherwise
    depth_after: Doubles  # 1 - price on the last day of the run before
    product: Index
    category: Index
    categories: Sequence[str]
    warehouse: Index
    city_category: Index
    family: Index  # warehouse, category and subcategory; -1 without subcategory

    @property
    def plain(self) -> Bools:
        """The days (series, day) that a level is taken from: neither in nor soon after a promotion."""
        plain: Bools = (self.exposure > 0) & ~self.on & (self.after == 0)
        return plain


def grid_of(known: KnownAtOrigin) -> PromotionGrid:
    """The grid of all series and days up to the origin day. Raises `ValueError` where no sales are known."""
    history = known.history.where((known.history.days["date"] <= known.origin_day).to_numpy())
    if not len(history):
        raise ValueError(f"no sales are known at {known.origin}: there is nothing to learn promotions from")
    rows = history.days
    keys = ["warehouse_id", "product_id"]
    series = rows[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    first = rows["date"].min()
    shape = (len(series), int((known.origin_day - first).days) + 1)
    sold, exposed = np.zeros(shape), np.zeros(shape)
    row = pd.MultiIndex.from_frame(series).get_indexer(pd.MultiIndex.from_frame(rows[keys]))
    at = row, (rows["date"] - first).dt.days.to_numpy()
    profiles = HourlyProfiles.learn(history, known.products, known.warehouses)
    sold[at], exposed[at] = seen_sales(history), exposure(history, known.products, profiles)
    warehouse = pd.factorize(series["warehouse_id"])[0]
    price, announced, unknown = _prices(known.promotions, series, first, sold > 0, warehouse)
    exposed[unknown] = sold[unknown] = 0  # it tells neither what full price does nor what a reduction does
    on = (price <= CHEAPER) | announced
    run_day, after, depth_after = _runs(on, 1 - price)
    products = known.products.set_index("product_id").reindex(series["product_id"])
    city = series["warehouse_id"].map(known.warehouses.set_index("warehouse_id")["city"])
    category, names = pd.factorize(products["category"], sort=True)
    return PromotionGrid(
        sold, exposed, price, on, run_day, after, depth_after,
        product=pd.factorize(series["product_id"])[0],
        category=category,
        categories=[str(name) for name in names],
        warehouse=warehouse,
        city_category=pd.factorize(city)[0] * len(names) + category,
        family=_families(warehouse, category, products["subcategory"]),
    )  # fmt: skip


def _prices(
    promotions: pd.DataFrame, series: pd.DataFrame, first: pd.Timestamp, sold: Bools, warehouse: Index
) -> tuple[Doubles, Bools, Bools]:
    """Price / list price, whether a promotion was announced and whether the price is unknown, (series, day), by the
    plan known last and whether anything was sold."""
    shape = sold.shape
    price, announced, planned = np.full(shape, np.nan), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    plans = promotions.sort_values("known_at", kind="stable")
    keys = list(series.columns)
    row = pd.MultiIndex.from_frame(series).get_indexer(pd.MultiIndex.from_frame(plans[keys]))
    day = (plans["date"] - first).dt.days.to_numpy()
    inside = (row >= 0) & (day >= 0) & (day < shape[1])
    at = row[inside], day[inside]
    price[at], planned[at] = plans["discount"].to_numpy(dtype=float)[inside], True
    announced[at] = plans["promoted"].to_numpy(dtype=bool)[inside]
    told = price > 0
    unknown = unknown_prices(told, planned, prices_come_with_sales(told, sold, warehouse))
    return np.where(told, price, 1.0), announced, unknown


def _families(warehouse: Index, category: Index, subcategory: pd.Series) -> Index:
    """The family of each series: one per warehouse, category and subcategory; -1 without a subcategory."""
    code, names = pd.factorize(subcategory)
    kind = category * max(len(names), 1) + code
    return np.where(code >= 0, warehouse * (int(kind.max()) + 1) + kind, -1)


def _runs(on: Bools, depth: Doubles) -> tuple[Index, Index, Doubles]:
    """Day of the run, days after it, and the depth at its end: each (series, day)."""
    day = np.arange(on.shape[1])
    last_off = np.maximum.accumulate(np.where(~on, day, -1), axis=1)
    run_day = np.where(on & ((last_off >= 0) | (day >= RUN_DAYS - 1)), day - last_off, 0)
    last_on = np.maximum.accumulate(np.where(on, day, -1), axis=1)
    after = np.where(~on & (last_on >= 0), day - last_on, 0)
    after = np.where(after <= DAYS_AFTER, after, 0)
    at_its_end = np.take_along_axis(depth, np.maximum(last_on, 0), axis=1)
    return run_day, after, np.where(after > 0, at_its_end, 0.0)


def nearness(days: int) -> Doubles:
    """The weight of each day for the level of each other day: (day, day)."""
    day = np.arange(days)
    return np.asarray(np.exp2(-np.abs(day[:, None] - day[None, :]) / HALF_LIFE))


def expected_whole_day(grid: PromotionGrid) -> Doubles:
    """What each series would sell on each day, wholly in stock and outside of promotions; 0 where that is not known.

    (series, day). Sums of sales over sums of exposure: a day cut short weighs as much as was visible of it."""
    days = grid.sold.shape[1]
    day = np.arange(days)
    near = nearness(days)
    plain = grid.plain
    sold, exposed = np.where(plain, grid.sold, 0), np.where(plain, grid.exposure, 0)
    days_near = exposed @ near
    moved = np.ones_like(sold)
    level = np.zeros_like(sold)
    rows = np.nonzero(plain)
    for _ in range(ROUNDS):
        level = (sold @ near) / np.maximum((exposed * moved) @ near, 1e-9)
        moved = np.ones_like(sold)
        for group in (np.zeros_like(grid.warehouse), grid.city_category, grid.warehouse):
            cell = group[:, None] * days + day
            ratios = pulled_ratios(sold[rows], (level * moved * exposed)[rows], cell[rows], int(cell.max()) + 1)
            moved = moved * ratios[cell]
    whole: Doubles = np.where((days_near >= LEAST_DAYS) & (grid.exposure > 0), level * moved, 0)
    return whole
