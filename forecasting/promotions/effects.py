"""What promotions did: uplift by depth and day of the run, the dip after it, and what siblings lost meanwhile.

A day in a promotion is set against the product's own level on days outside of promotions near it, moved by what its
region, warehouse and category did on such days. Ratios of sums go from coarse to fine - depth, day, category - and each
is pulled towards the coarser by the scatter among products (`statistics.credibility`); intervals come from resampling
products. What siblings lose is a slope: of what promotions in a subcategory add, the share that its others lose.
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
from forecasting.statistics.credibility import pulled_ratios

CHEAPER: Final = 0.955  # of price / list price: from here down a day counts as promoted, as does an announced one
DEPTHS: Final = (0.0, 0.1, 0.2, 0.3, 1.0)  # 1 - price / list price; at or above one, below the next
RUN_DAYS: Final = 4  # days of a run told apart; the last stands for all later ones
DAYS_AFTER: Final = 5
HALF_LIFE: Final = 10.0  # days, of what a day outside of promotions says about another's level
LEAST_DAYS: Final = 2.0  # weight of such days below which a level is not known
ROUNDS: Final = 3
RESAMPLES: Final = 100
INTERVAL: Final = (0.05, 0.95)
ALL: Final = ""  # all categories
UPLIFT, AFTER, SIBLINGS, TAKEN = "uplift", "after", "siblings", "taken"
EFFECT_COLUMNS: Final = (
    "category",  # '' for all together
    "effect",  # 'uplift' in a run, 'after' it, 'siblings' of products in one, 'taken' by them
    "depth_from",  # 1 - price / list price, at least; NaN where it does not matter
    "depth_to",  # below this
    "day",  # of the run (4 stands for all later ones) or after it, from 1 on; 0 where it does not matter
    "ratio",  # demand over what it would have been; 'taken': the share of what was added that siblings lost
    "low",  # 90% interval
    "high",
    "products",  # that it was seen on
    "days",  # warehouse-product-days that it was seen on
)

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Series by day (both 0..): what is known of demand and prices. Codes are of series."""

    sold: Doubles  # in hours in stock
    exposure: Doubles  # the share of the day that these hours are; 0 where nothing is known
    price: Doubles  # price / list price
    on: Bools  # in a promotion
    run_day: Index  # 1.. in a run; 0 outside, and where the run's beginning is not known
    after: Index  # 1.. days after a run, 0 otherwise
    depth_after: Doubles  # 1 - price on the last day of the run before
    product: Index
    category: Index
    categories: Sequence[str]
    warehouse: Index
    city_category: Index
    family: Index  # warehouse, category and subcategory; -1 without subcategory

    @property
    def plain(self) -> Bools:
        """The days that tell a level: neither in nor soon after a promotion."""
        plain: Bools = (self.exposure > 0) & ~self.on & (self.after == 0)
        return plain


def promotion_effects(known: KnownAtOrigin, *, resamples: int = RESAMPLES, seed: int = 1) -> pd.DataFrame:
    """What promotions did up to the origin. Columns: EFFECT_COLUMNS; empty where nothing was promoted.

    Sales and availability of days up to the origin day and the prices known for them are all that is looked at.
    """
    grid = _grid(known)
    whole = _whole_day(grid)
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
    parts.append(_siblings(grid, whole, uplift, resamples, rng))
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame({name: [] for name in EFFECT_COLUMNS})
    return pd.concat(found, ignore_index=True)[list(EFFECT_COLUMNS)]


def _grid(known: KnownAtOrigin) -> _Grid:
    history = known.history.where((known.history.days["date"] <= known.origin_day).to_numpy())
    if not len(history):
        raise ValueError(f"no sales are known at {known.origin}: there is nothing to learn promotions from")
    profiles = HourlyProfiles.learn(history, known.products)
    rows = history.days
    keys = ["warehouse_id", "product_id"]
    series = rows[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    index = pd.MultiIndex.from_frame(series)
    first = rows["date"].min()
    shape = (len(series), int((known.origin_day - first).days) + 1)
    sold, exposed = np.zeros(shape), np.zeros(shape)
    at = index.get_indexer(pd.MultiIndex.from_frame(rows[keys])), (rows["date"] - first).dt.days.to_numpy()
    sold[at], exposed[at] = seen_sales(history), exposure(history, known.products, profiles)
    price, announced = np.ones(shape), np.zeros(shape, dtype=bool)
    plans = known.promotions.sort_values("known_at", kind="stable")
    row = index.get_indexer(pd.MultiIndex.from_frame(plans[keys]))
    day = (plans["date"] - first).dt.days.to_numpy()
    inside = (row >= 0) & (day >= 0) & (day < shape[1])
    value = plans["discount"].to_numpy(dtype=float)[inside]
    price[row[inside], day[inside]] = np.where(value > 0, value, 1.0)  # of several the one known last stays
    announced[row[inside], day[inside]] = plans["promoted"].to_numpy(dtype=bool)[inside]
    on = (price <= CHEAPER) | announced
    products = known.products.set_index("product_id").reindex(series["product_id"])
    city = series["warehouse_id"].map(known.warehouses.set_index("warehouse_id")["city"])
    category, names = pd.factorize(products["category"], sort=True)
    warehouse = pd.factorize(series["warehouse_id"])[0]
    subcategory, subcategories = pd.factorize(products["subcategory"])
    kind = category * max(len(subcategories), 1) + subcategory
    family = np.where(subcategory >= 0, warehouse * (int(kind.max()) + 1) + kind, -1)
    run_day, after, depth_after = _runs(on, 1 - price)
    return _Grid(
        sold, exposed, price, on, run_day, after, depth_after,
        product=pd.factorize(series["product_id"])[0],
        category=category,
        categories=[str(name) for name in names],
        warehouse=warehouse,
        city_category=pd.factorize(city)[0] * len(names) + category,
        family=family,
    )  # fmt: skip


def _runs(on: Bools, depth: Doubles) -> tuple[Index, Index, Doubles]:
    """Day of the run, days after it, and its depth at its end, of each series and day."""
    day = np.arange(on.shape[1])
    last_off = np.maximum.accumulate(np.where(~on, day, -1), axis=1)
    run_day = np.where(on & ((last_off >= 0) | (day >= RUN_DAYS - 1)), day - last_off, 0)
    last_on = np.maximum.accumulate(np.where(on, day, -1), axis=1)
    after = np.where(~on & (last_on >= 0), day - last_on, 0)
    after = np.where(after <= DAYS_AFTER, after, 0)
    at_its_end = np.take_along_axis(depth, np.maximum(last_on, 0), axis=1)
    return run_day, after, np.where(after > 0, at_its_end, 0.0)


def _whole_day(grid: _Grid) -> Doubles:
    """What each series would sell on each day, wholly in stock and outside of promotions; 0 where that is not known.

    Sales over exposure, as sums: a day cut short counts for as much as it shows."""
    days = grid.sold.shape[1]
    day = np.arange(days)
    near = np.exp2(-np.abs(day[:, None] - day[None, :]) / HALF_LIFE)
    plain = grid.plain
    sold, exposed = np.where(plain, grid.sold, 0), np.where(plain, grid.exposure, 0)
    seen = exposed @ near
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
    whole: Doubles = np.where((seen >= LEAST_DAYS) & (grid.exposure > 0), level * moved, 0)
    return whole


def _by_depth_and_day(
    grid: _Grid,
    expected: Doubles,
    chosen: tuple[Index, Index],
    band: Index,
    day: Index,
    days: int,
    resamples: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Doubles]:
    """The ratios of demand to what was expected, by category, depth and day, on the chosen series and days, whose
    bands of depth and days (1..) are given; and the ratio of each of them."""
    row, _ = chosen
    bins, categories, products = len(DEPTHS) - 1, len(grid.categories), int(grid.product.max()) + 1
    cell = (grid.category[row] * bins + band) * days + day - 1
    cells = categories * bins * days
    pair, of_row = np.unique(grid.product[row] * cells + cell, return_inverse=True)
    sold = np.bincount(of_row, grid.sold[chosen]).astype(np.float64)
    due = np.bincount(of_row, expected[chosen]).astype(np.float64)
    product, of_pair = pair // cells, pair % cells
    counted = np.bincount(of_row)
    by_category, over_all = _chain(sold, due, of_pair, categories, bins, days)
    drawn = []
    for _ in range(resamples):
        weight = np.bincount(rng.integers(0, products, products), minlength=products)[product].astype(np.float64)
        drawn.append(_chain(sold * weight, due * weight, of_pair, categories, bins, days))
    parts = []
    for ratios, again, of in (
        (over_all, [one[1] for one in drawn], of_pair % (bins * days)),
        (by_category, [one[0] for one in drawn], of_pair),
    ):
        low, high = _interval(again, len(ratios))
        observed = np.flatnonzero(np.bincount(of, minlength=len(ratios)))
        of_band = observed // days % bins
        names = np.array(grid.categories, dtype=object)[observed // (bins * days)]
        frame = {
            "category": ALL if ratios is over_all else names,
            "depth_from": np.array(DEPTHS)[of_band],
            "depth_to": np.array(DEPTHS)[of_band + 1],
            "day": observed % days + 1,
            "ratio": ratios[observed],
            "low": low[observed],
            "high": high[observed],
            "products": np.array([len(np.unique(product[of == one])) for one in observed]),
            "days": np.bincount(of, counted, len(ratios))[observed].astype(np.int64),
        }
        parts.append(pd.DataFrame(frame))
    return pd.concat(parts, ignore_index=True), by_category[cell]


def _interval(drawn: Sequence[Doubles], count: int) -> tuple[Doubles, Doubles]:
    """The ends of the interval of each number drawn; NaN where nothing was."""
    if not drawn:
        return np.full(count, np.nan), np.full(count, np.nan)
    low, high = np.quantile(np.stack(drawn), INTERVAL, axis=0)
    return low, high


def _chain(sold: Doubles, due: Doubles, cell: Index, categories: int, bins: int, days: int) -> tuple[Doubles, Doubles]:
    """The ratio of each cell (category, depth, day), and of each depth and day over all categories."""
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


def _siblings(grid: _Grid, whole: Doubles, uplift: Doubles, resamples: int, rng: np.random.Generator) -> pd.DataFrame:
    """What products outside of promotions lose to promoted siblings, as a slope on what these add."""
    expected = whole * grid.exposure
    known = (whole > 0) & (grid.family >= 0)[:, None]
    families = int(grid.family.max()) + 1
    if families <= 0:
        return pd.DataFrame()
    family = np.maximum(grid.family, 0)
    # what promoted siblings add to the family's usual demand; of whole days, for a full shelf presses all day
    added = _summed(np.where(known, whole * (uplift - 1), 0), family, families)
    usual = _summed(np.where(known, whole, 0), family, families)
    pressed = np.divide(added, usual, out=np.zeros_like(added), where=usual > 0)[family]
    rows = known & grid.plain
    relative = _without_means(grid, pressed, np.where(rows, expected, 0))
    if not rows.any() or not (relative[rows] ** 2).sum() > 0:
        return pd.DataFrame()
    score = np.where(rows, -(grid.sold - expected) * relative, 0).sum(axis=1)
    due = np.where(rows, expected * relative**2, 0).sum(axis=1)
    products, categories = int(grid.product.max()) + 1, len(grid.categories)
    score, due = (np.bincount(grid.product, values, products) for values in (score, due))
    category = np.zeros(products, dtype=np.intp)
    category[grid.product] = grid.category

    def taken(weight: Doubles) -> Doubles:
        """The share of what is added that siblings lose: of all categories, then of each."""
        over_all = float((score * weight).sum() / max(float((due * weight).sum()), 1e-12))
        if over_all <= 0:  # nothing to lean a category on
            return np.full(categories + 1, over_all)
        pulled = pulled_ratios(score * weight, due * weight * over_all, category, categories)
        shares: Doubles = over_all * np.concatenate([np.ones(1), pulled])
        return shares

    found = taken(np.ones(products))
    draws = (np.bincount(rng.integers(0, products, products), minlength=products) for _ in range(resamples))
    again = [taken(weight.astype(np.float64)) for weight in draws]
    low, high = _interval(again, len(found))
    pressing = rows & (pressed > 0)
    of_category = np.repeat(grid.category, pressing.sum(axis=1))
    counted = np.bincount(of_category, minlength=categories)
    due_there = np.bincount(of_category, expected[pressing], categories)
    pressure = np.bincount(of_category, (expected * pressed)[pressing], categories)
    mean = np.r_[pressure.sum(), pressure] / np.maximum(np.r_[due_there.sum(), due_there], 1e-12)
    seen_on = [len(np.unique(grid.product[pressing.any(axis=1) & (grid.category == one)])) for one in range(categories)]
    shared = {
        "category": [ALL, *grid.categories],
        "depth_from": np.nan,
        "depth_to": np.nan,
        "day": 0,
        "products": [sum(seen_on), *seen_on],
        "days": np.r_[counted.sum(), counted],
    }
    on_mean_day = {"ratio": 1 - found * mean, "low": 1 - high * mean, "high": 1 - low * mean}
    frame = pd.concat(
        [
            pd.DataFrame(shared | on_mean_day | {"effect": SIBLINGS}),
            pd.DataFrame(shared | {"ratio": found, "low": low, "high": high} | {"effect": TAKEN}),
        ],
        ignore_index=True,
    )
    return frame[frame["days"] > 0]


def _without_means(grid: _Grid, values: Doubles, weight: Doubles) -> Doubles:
    """The values less what a level near the day, and the day of the warehouse and the category, would take up."""
    days = values.shape[1]
    day = np.arange(days)
    near = np.exp2(-np.abs(day[:, None] - day[None, :]) / HALF_LIFE)
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
    """Sums of rows by group (group, day)."""
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums
