"""What products outside of promotions lose to promoted siblings of their family: a slope on what these add.

Of what promotions add to a family (warehouse, category, subcategory), its other products lose a share. The share is a
weighted least-squares slope of what they sold less than expected on what was added, by product, pulled towards that of
all categories (`statistics.credibility`); intervals come from resampling products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from forecasting.promotions.grid import ROUNDS, Bools, Doubles, Index, PromotionGrid, nearness
from forecasting.promotions.resampled_products import drawn_products, interval
from forecasting.statistics.credibility import pulled_ratios

ALL: Final = ""  # all categories
SIBLINGS, TAKEN = "siblings", "taken"


def sibling_effects(
    grid: PromotionGrid, whole: Doubles, uplift: Doubles, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Rows of EFFECT_COLUMNS: the share that siblings lose ('taken'), and the ratio of their demand to what it would
    have been on a mean day with a promoted sibling ('siblings'). Empty where no sibling was promoted.

    `whole` is the demand expected without promotions, `uplift` its factor in them, both (series, day)."""
    if int(grid.family.max()) < 0:
        return pd.DataFrame()
    expected = whole * grid.exposure
    pressed = _pressure(grid, whole, uplift)
    rows = (whole > 0) & (grid.family >= 0)[:, None] & grid.plain
    relative = _without_means(grid, pressed, np.where(rows, expected, 0))
    if not rows.any() or not (relative[rows] ** 2).sum() > 0:
        return pd.DataFrame()
    slopes = _Slopes.of(grid, expected, relative, rows)
    shares = slopes.shares(np.ones(len(slopes.lost)))
    drawn = [slopes.shares(weight) for weight in drawn_products(len(slopes.lost), resamples, rng)]
    low, high = interval(drawn, len(shares))
    return _frame(grid, expected, pressed, rows & (pressed > 0), shares, low, high)


def _pressure(grid: PromotionGrid, whole: Doubles, uplift: Doubles) -> Doubles:
    """What promoted siblings add to the family's usual demand, as a share of it (series, day); of whole days, since a
    full shelf presses all day."""
    known = (whole > 0) & (grid.family >= 0)[:, None]
    families = int(grid.family.max()) + 1
    family = np.maximum(grid.family, 0)
    added = _summed(np.where(known, whole * (uplift - 1), 0), family, families)
    usual = _summed(np.where(known, whole, 0), family, families)
    return np.divide(added, usual, out=np.zeros_like(added), where=usual > 0)[family]


@dataclass(frozen=True, eq=False)
class _Slopes:
    """By product (0..): what it lost times the pressure, and what was expected of it times the pressure squared."""

    lost: Doubles
    due: Doubles
    category: Index  # of each product
    categories: int

    @classmethod
    def of(cls, grid: PromotionGrid, expected: Doubles, relative: Doubles, rows: Bools) -> _Slopes:
        """From demand and pressure less their means, (series, day), on the days marked in `rows`."""
        products = int(grid.product.max()) + 1
        by_series = (
            np.where(rows, -(grid.sold - expected) * relative, 0).sum(axis=1),
            np.where(rows, expected * relative**2, 0).sum(axis=1),
        )
        lost, due = (np.bincount(grid.product, values, products).astype(np.float64) for values in by_series)
        category = np.zeros(products, dtype=np.intp)
        category[grid.product] = grid.category
        return cls(lost, due, category, len(grid.categories))

    def shares(self, weight: Doubles) -> Doubles:
        """The share of what is added that siblings lose, with products weighed so: of all categories, then of each."""
        over_all = float((self.lost * weight).sum() / max(float((self.due * weight).sum()), 1e-12))
        if over_all <= 0:  # nothing to pull a category towards
            return np.full(self.categories + 1, over_all)
        ratios = pulled_ratios(self.lost * weight, self.due * weight * over_all, self.category, self.categories)
        shares: Doubles = over_all * np.concatenate([np.ones(1), ratios])
        return shares


def _frame(
    grid: PromotionGrid,
    expected: Doubles,
    pressed: Doubles,
    pressing: Bools,
    shares: Doubles,
    low: Doubles,
    high: Doubles,
) -> pd.DataFrame:
    """EFFECT_COLUMNS of all categories and of each; `pressing` (series, day): a sibling was promoted."""
    categories = len(grid.categories)
    of_category = np.repeat(grid.category, pressing.sum(axis=1))
    days = np.bincount(of_category, minlength=categories)
    due = np.bincount(of_category, expected[pressing], categories)
    pressure = np.bincount(of_category, (expected * pressed)[pressing], categories)
    mean = np.r_[pressure.sum(), pressure] / np.maximum(np.r_[due.sum(), due], 1e-12)
    products = [
        len(np.unique(grid.product[pressing.any(axis=1) & (grid.category == one)])) for one in range(categories)
    ]
    shared = {
        "category": [ALL, *grid.categories],
        "depth_from": np.nan,
        "depth_to": np.nan,
        "day": 0,
        "products": [sum(products), *products],
        "days": np.r_[days.sum(), days],
    }
    on_mean_day = {"ratio": 1 - shares * mean, "low": 1 - high * mean, "high": 1 - low * mean}
    frames = [
        pd.DataFrame(shared | on_mean_day | {"effect": SIBLINGS}),
        pd.DataFrame(shared | {"ratio": shares, "low": low, "high": high} | {"effect": TAKEN}),
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame[frame["days"] > 0]


def _without_means(grid: PromotionGrid, values: Doubles, weight: Doubles) -> Doubles:
    """The values (series, day) less what a level near the day, and the day of warehouse and category, would take up."""
    near = nearness(values.shape[1])
    left = values
    for _ in range(ROUNDS):
        left = left - (left * weight) @ near / np.maximum(weight @ near, 1e-12)
        for group in (grid.city_category, grid.warehouse):
            count = int(group.max()) + 1
            mean = _summed(left * weight, group, count) / np.maximum(_summed(weight, group, count), 1e-12)
            left = left - mean[group]
    result: Doubles = left
    return result


def _summed(values: Doubles, group: Index, groups: int) -> Doubles:
    """Sums of `values` (series, day) by group: (group, day)."""
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums
