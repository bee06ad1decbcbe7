"""What promotions did: uplift by depth and day of the run, the dip after it, and what siblings lost meanwhile.

A day in a promotion is set against what was expected had nothing been promoted (`grid`). Ratios of sums go from coarse
to fine - depth, day, category - and each is pulled towards the coarser by the scatter among products
(`statistics.credibility`); intervals come from resampling products. What siblings lose: `siblings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from forecasting.known.frames import KnownAtOrigin
from forecasting.promotions.grid import (
    DAYS_AFTER,
    RUN_DAYS,
    Doubles,
    Index,
    PromotionGrid,
    expected_whole_day,
    grid_of,
)
from forecasting.promotions.resampled_products import drawn_products, interval
from forecasting.promotions.siblings import ALL, sibling_effects
from forecasting.statistics.credibility import pulled_ratios

DEPTHS: Final = (0.0, 0.1, 0.2, 0.3, 1.0)  # 1 - price / list price; at or above one, below the next
RESAMPLES: Final = 100  # for the ends of an 80% interval
UPLIFT, AFTER = "uplift", "after"
EFFECT_COLUMNS: Final = (
    "category",  # '' for all together
    "effect",  # 'uplift' in a run, 'after' it, 'siblings' of products in one, 'taken' by them
    "depth_from",  # 1 - price / list price, at least; NaN where it does not matter
    "depth_to",  # below this
    "day",  # of the run (4 stands for all later ones) or after it, from 1 on; 0 where it does not matter
    "ratio",  # demand over what it would have been; 'taken': the share of what was added that siblings lost
    "low",  # 80% interval
    "high",
    "products",  # that it was seen on
    "days",  # warehouse-product-days that it was seen on
)


def promotion_effects(known: KnownAtOrigin, *, resamples: int = RESAMPLES, seed: int = 1) -> pd.DataFrame:
    """What promotions did up to the origin. Columns: EFFECT_COLUMNS; empty where nothing was promoted.

    Sales and availability of days up to the origin day and the prices known for them are all that is looked at.
    """
    grid = grid_of(known)
    whole = expected_whole_day(grid)
    expected = whole * grid.exposure
    rng = np.random.default_rng(seed)
    parts = []
    uplift = np.ones_like(expected)
    for effect, day, depth, days in (
        (UPLIFT, np.minimum(grid.run_day, RUN_DAYS), 1 - grid.price, RUN_DAYS),
        (AFTER, grid.after, grid.depth_after, DAYS_AFTER),
    ):
        row, at = np.nonzero((expected > 0) & (day > 0))
        chosen = row, at
        if not len(row):
            continue
        band = np.searchsorted(DEPTHS, np.round(depth[chosen], 3), side="right") - 1
        band = np.clip(band, 0, len(DEPTHS) - 2)
        frame, ratios = _by_depth_and_day(grid, expected, chosen, band, day[chosen], days, resamples, rng)
        parts.append(frame.assign(effect=effect))
        if effect == UPLIFT:
            uplift[chosen] = ratios
    parts.append(sibling_effects(grid, whole, uplift, resamples, rng))
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame({name: [] for name in EFFECT_COLUMNS})
    return pd.concat(found, ignore_index=True)[list(EFFECT_COLUMNS)]


def _by_depth_and_day(
    grid: PromotionGrid,
    expected: Doubles,
    chosen: tuple[Index, Index],
    band: Index,
    day: Index,
    days: int,
    resamples: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Doubles]:
    """The ratios of demand to what was expected by category, depth and day, and the ratio of each chosen day.

    `chosen`: series and day (n each) of the product days looked at, of which `band` (n) is the band of depth and `day`
    (n, 1..days) the day of the run or after it. A cell is a category, band and day: categories x bins x days."""
    row, _ = chosen
    bins, categories, products = len(DEPTHS) - 1, len(grid.categories), int(grid.product.max()) + 1
    cell = (grid.category[row] * bins + band) * days + day - 1
    cells = categories * bins * days
    pair, of_row = np.unique(grid.product[row] * cells + cell, return_inverse=True)  # product and cell
    sold = np.bincount(of_row, grid.sold[chosen]).astype(np.float64)
    due = np.bincount(of_row, expected[chosen]).astype(np.float64)
    product, of_pair = pair // cells, pair % cells
    by_category, over_all = _chain(sold, due, of_pair, categories, bins, days)
    drawn = [
        _chain(sold * weight[product], due * weight[product], of_pair, categories, bins, days)
        for weight in drawn_products(products, resamples, rng)
    ]
    counted = product, np.bincount(of_row)
    frames = [
        _frame(over_all, [one[1] for one in drawn], of_pair % (bins * days), counted, [ALL], days),
        _frame(by_category, [one[0] for one in drawn], of_pair, counted, grid.categories, days),
    ]
    return pd.concat(frames, ignore_index=True), by_category[cell]


def _frame(
    ratios: Doubles,
    drawn: Sequence[Doubles],
    cell: Index,
    counted: tuple[Index, Index],
    names: Sequence[str],
    days: int,
) -> pd.DataFrame:
    """The cells with data as rows of EFFECT_COLUMNS, without the effect.

    `ratios` and each of `drawn` are by cell (names x bins x days); `cell` (pairs) is that of each pair of product and
    cell, `counted` its product and its number of product days (pairs each)."""
    bins = len(DEPTHS) - 1
    product, product_days = counted
    low, high = interval(drawn, len(ratios))
    filled = np.flatnonzero(np.bincount(cell, minlength=len(ratios)))
    band = filled // days % bins
    return pd.DataFrame(
        {
            "category": np.array(names, dtype=object)[filled // (bins * days)],
            "depth_from": np.array(DEPTHS)[band],
            "depth_to": np.array(DEPTHS)[band + 1],
            "day": filled % days + 1,
            "ratio": ratios[filled],
            "low": low[filled],
            "high": high[filled],
            "products": np.array([len(np.unique(product[cell == one])) for one in filled]),
            "days": np.bincount(cell, product_days, len(ratios))[filled].astype(np.int64),
        }
    )


def _chain(sold: Doubles, due: Doubles, cell: Index, categories: int, bins: int, days: int) -> tuple[Doubles, Doubles]:
    """The ratio of each cell (categories x bins x days), and of each depth and day over all categories (bins x days).

    `sold` and `due` are by pair of product and cell, `cell` (pairs) says which; coarse groups of cells come first."""
    every = np.arange(categories * bins * days)
    category, band, day = every // (bins * days), every // days % bins, every % days
    ratio = np.ones(len(every))
    over_all = ratio[: bins * days]
    for at, group in enumerate(
        (
            np.zeros_like(every),
            band,
            day,
            band * days + day,
            category,
            category * bins + band,
            category * days + day,
            every,
        )
    ):
        ratio = ratio * pulled_ratios(sold, due * ratio[cell], group[cell], int(group.max()) + 1)[group]
        if at == 3:
            over_all = ratio[: bins * days]
    return ratio, over_all
