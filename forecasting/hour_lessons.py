"""What past days tell about their hours: sold and expected by series and hour, and the factors that follow.

Expected is a day's demand, as far as its hours in stock tell it, times the category's profile, in the hours in stock.
A factor is the posterior mean of sold / expected under a gamma prior around 1, whose strength is the number of lumps
under which one half of the days foretells the other best (as `shrinkage` does for levels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from forecasting.demand import ANY, HourlyProfiles, exposure
from forecasting.frames import HOURS, SalesHistory
from forecasting.workdays import Workdays

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

LEAST_EXPOSURE: Final = 0.5  # a day with less of its expected sales in stock says little about its other hours
STRENGTHS: Final = (10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5, np.inf)
ROWS_AT_ONCE: Final = 200_000
LEVELS: Final = ("product_id", "warehouse_id")  # the second factor counts on top of the first


@dataclass(frozen=True, eq=False)
class HourLessons:
    """Sold and expected (half of the days x series x 24, in lumps), and who the series are."""

    series: pd.DataFrame  # warehouse_id, product_id
    sold: Floats
    expected: Floats

    @classmethod
    def of(
        cls, history: SalesHistory, products: pd.DataFrame, profiles: HourlyProfiles, size: pd.Series
    ) -> HourLessons:
        """The lessons of a history whose hours are known; `size` is the lump by product."""
        days = history.days
        warehouse, w_names = pd.factorize(days["warehouse_id"], sort=True)
        product, p_names = pd.factorize(days["product_id"], sort=True)
        pair, of_row = np.unique(warehouse.astype(np.int64) * len(p_names) + product, return_inverse=True)
        series = pd.DataFrame(
            {"warehouse_id": w_names[pair // len(p_names)], "product_id": p_names[pair % len(p_names)]}
        )
        exposed = exposure(history, products, profiles)
        kind, kinds = profiles_of(days, category_of(products), profiles)
        later = (days["date"] > days["date"].min() + (days["date"].max() - days["date"].min()) / 2).to_numpy()
        lump = series["product_id"].map(size).to_numpy(dtype=float)[of_row]
        cells = 2 * len(series)
        sold, expected = np.zeros((cells, HOURS)), np.zeros((cells, HOURS))
        told = np.flatnonzero(exposed >= LEAST_EXPOSURE)
        for start in range(0, len(told), ROWS_AT_ONCE):
            rows = told[start : start + ROWS_AT_ONCE]
            open_ = history.in_stock[rows] != 0
            sales = np.where(open_, history.hourly_sales[rows], 0) / lump[rows, None]
            level = sales.sum(axis=1) / exposed[rows]
            cell = later[rows] * len(series) + of_row[rows]
            gather = csr_array((np.ones(len(rows)), (cell, np.arange(len(rows)))), shape=(cells, len(rows)))
            sold += gather @ sales
            expected += gather @ (level[:, None] * open_ * kinds[kind[rows]])
        return cls(series, sold.reshape(2, -1, HOURS), expected.reshape(2, -1, HOURS))

    def factors(self) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
        """The factors of each level (a frame of 24 columns by id, only where a level deviates at all), and the
        strengths: how many lumps the coarser profile counts for."""
        found, strengths = {}, {}
        expected = self.expected
        for level in LEVELS:
            group, names = pd.factorize(self.series[level])
            gather = csr_array((np.ones(len(group)), (group, np.arange(len(group)))))
            sold_of = np.stack([gather @ half for half in self.sold])
            expected_of = np.stack([gather @ half for half in expected])
            strength = strength_that_foretells(sold_of, expected_of)
            strengths[level] = strength
            if np.isinf(strength):
                continue
            factor = factors_of(sold_of.sum(axis=0), expected_of.sum(axis=0), strength)
            found[level] = pd.DataFrame(factor, index=pd.Index(names))
            expected = expected * factor[group]
        return found, strengths


def category_of(products: pd.DataFrame) -> pd.Series:
    """The category by product."""
    return products.set_index("product_id")["category"]


def factors_of(sold: Floats, expected: Floats, strength: float) -> Floats:
    """The factor on each hour (groups x 24): the posterior mean under a prior worth `strength` lumps, scaled so that
    the hours of a day still add up."""
    share = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    prior = strength * share
    factor = np.where(prior > 0, (sold + prior) / np.where(prior > 0, expected + prior, 1), 1.0)
    total = (factor * share).sum(axis=1, keepdims=True)
    scaled: Floats = factor / np.where(total > 0, total, 1)
    return scaled


def strength_that_foretells(sold: Floats, expected: Floats) -> float:
    """The strength under which the factors of each half (first axis) of the days fit the other best, by the Poisson
    likelihood; inf where none foretells better than no factor at all."""
    likelihood = []
    for strength in STRENGTHS:
        total = 0.0
        for half in (0, 1):
            if np.isinf(strength):
                continue  # factors of 1: the likelihood that the others are measured against
            factor = factors_of(sold[half], expected[half], strength)
            foretold = expected[1 - half] * factor
            # each group's total is its own: only how it falls on the hours is foretold
            whole = foretold.sum(axis=1, keepdims=True)
            factor = factor * expected[1 - half].sum(axis=1, keepdims=True) / np.where(whole > 0, whole, 1)
            total += float((sold[1 - half] * np.log(np.maximum(factor, 1e-9))).sum())
        likelihood.append(total)
    return STRENGTHS[int(np.argmax(likelihood))]


def profiles_of(rows: pd.DataFrame, category: pd.Series, profiles: HourlyProfiles) -> tuple[Index, Floats]:
    """The kind (category, work or rest) of each row with a date, and the profile (24) of each kind.

    `category` is by product; a product without one has the profile over all categories."""
    if rows.empty:
        return np.empty(0, dtype=np.intp), np.empty((0, HOURS))
    first = rows["date"].min()
    offset = (rows["date"] - first).dt.days.to_numpy()
    rest = Workdays.of(first, int(offset.max()) + 1).rest[offset]
    product, names = pd.factorize(rows["product_id"])
    name = category.reindex(names).fillna(ANY).astype(str).to_numpy(dtype=object)
    code, categories = pd.factorize(name[product])
    kinds = np.array([profiles.of(label, kind) for label in categories for kind in (False, True)], dtype=float)
    return code * 2 + rest, kinds / kinds.sum(axis=1, keepdims=True)
