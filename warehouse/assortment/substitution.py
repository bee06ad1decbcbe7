"""Who buys what when a product is out, learned from stock-outs.

A share of a missing product's customers takes a sibling of its category. Which one goes by what it sells (Koek and
Fisher 2007) times how alike the two are (Fisher and Vaidyanathan 2014): of one subcategory or not, near in price
tier, unit and band or not. On days on which a product was out its siblings sell more than usual by the share times
what it would have sold: a linear regression on all days, after levels of products, weekdays and the day's other
categories are taken out. Single products have few stock-outs, so likeness is learned of all categories together, and
a category's share is pulled towards that of all, which is pulled towards what is known from elsewhere.

A shelf that is empty by noon was emptied by high demand, which siblings share. One that was empty from the opening on
was not: only such days teach; part days have slopes of their own that are not used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import WEEK, recent_mean
from warehouse.assortment.panel import Codes, WarehousePanel
from warehouse.assortment.shrinking import Doubles

CLOSENESS = 4  # same subcategory and near, same subcategory, near, neither
OUT_FROM_THE_OPENING = 0.2  # share of the day in stock up to which a product counts as out before the day began
MOST_TAKEN = 0.95
UNTOLD = 1e6  # variance of a share that no stock-out tells
ROUNDS = 6  # likeness settles in a few
PRIOR_DAYS = 20.0  # likeness begins as if so many product-days had shown none
PRIOR_LIKENESS = (1.0, 0.7, 0.5, 0.35)


def closeness(panel: WarehousePanel, group: Codes) -> NDArray[np.intp]:
    """How alike products (g) of one category are (g x g): 0 of the same subcategory and near, to 3; itself -1."""
    same = panel.subcategory[group][:, None] == panel.subcategory[group][None, :]
    near = np.ones_like(same)
    for attribute in (panel.tier, panel.unit, panel.band):
        near &= attribute[group][:, None] == attribute[group][None, :]
    classes = np.where(same, np.where(near, 0, 1), np.where(near, 2, 3))
    np.fill_diagonal(classes, -1)
    return classes


def closeness_to(panel: WarehousePanel, group: Codes, product: Mapping[str, int]) -> NDArray[np.intp]:
    """How alike the products of a category (g) are to one that is not there, by its codes."""
    same = panel.subcategory[group] == product["subcategory"]
    near = panel.tier[group] == product["tier"]
    near &= (panel.unit[group] == product["unit"]) & (panel.band[group] == product["band"])
    return np.where(same, np.where(near, 0, 1), np.where(near, 2, 3))


def spread_over_siblings(classes: NDArray[np.intp], likeness: Doubles, level: Doubles) -> Doubles:
    """Of those who take a sibling, the share that takes each (from g x to g); 0 where there is none."""
    weighted = np.where(classes >= 0, likeness[classes], 0.0) * np.maximum(level, 1e-9)[None, :]
    total = weighted.sum(axis=1, keepdims=True)
    return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), 0.0)


@dataclass(frozen=True, eq=False)
class Substitution:
    """How alike products count that are alike (4), and by category code: the share of a missing product's customers
    that takes a sibling, its standard deviation, and the product-days without stock from the opening on that taught
    it."""

    likeness: Doubles
    share: dict[int, float]
    share_sd: dict[int, float]
    stock_outs: dict[int, int]

    def taken(
        self, category: int, classes: NDArray[np.intp], level: Doubles, stays: NDArray[np.bool_]
    ) -> tuple[Doubles, Doubles]:
        """The share of each product's customers that takes each sibling (g x g) while only some siblings stay, and what
        a higher share of all would make of that, a unit.

        Leaving is one choice among the siblings (a logit's): the fewer stay, the more customers leave.
        """
        attraction = np.where(classes >= 0, self.likeness[classes], 0.0) * np.maximum(level, 1e-9)[None, :]
        there = attraction * stays[None, :]
        whole, left = attraction.sum(axis=1, keepdims=True), there.sum(axis=1, keepdims=True)
        share = self.share[category]
        bounded = share * left + (1 - share) * whole
        some = bounded > 0
        flows = np.where(some, share * there / np.where(some, bounded, 1.0), 0.0)
        slope = np.where(some, there * whole / np.where(some, bounded, 1.0) ** 2, 0.0)
        return flows, slope


@dataclass(frozen=True, eq=False)
class _Lessons:
    """The days of a category of a warehouse: what siblings missed a day (early, in part; g x t), what was demanded, and
    how the day was by the other categories (t)."""

    classes: NDArray[np.intp]
    early: Doubles
    in_part: Doubles
    demand: Doubles
    day_factor: Doubles

    def equations(self, likeness: Doubles, share: float) -> _Equations:
        """What the days say of the share of each closeness, when siblings' gains of `share` are taken out of levels."""
        usual = self._usual(0.0)
        for _ in range(2):
            spread = spread_over_siblings(self.classes, likeness, usual.mean(axis=1))
            more = share * (spread.T @ ((self.early + self.in_part) * usual))
            usual = self._usual(more)
        known = ~np.isnan(self.demand)
        parts = [np.where(self.classes == at, spread, 0.0) for at in range(CLOSENESS)]
        early = [part.T @ (self.early * usual) for part in parts]
        exposure = np.stack([*early, spread.T @ (self.in_part * usual)])
        mean = usual.mean(axis=1, keepdims=True)
        weight = known / np.maximum(usual, 1e-6)
        exposure -= _on_level(exposure, usual / mean, weight)
        rest = np.where(known, np.nan_to_num(self.demand) - usual, 0.0)
        gram = np.einsum("akt,bkt,kt->ab", exposure, exposure, weight)
        by_day = np.einsum("akt,kt,kt->at", exposure, rest, weight)
        gone = np.einsum("akt,bkt,kt->abt", exposure, exposure, weight)
        return _Equations(gram, by_day, gone)

    def _usual(self, more: Doubles | float) -> Doubles:
        """What each product would sell on each day but for the siblings that are out (g x t)."""
        demand = self.demand - more
        known = ~np.isnan(demand)
        weekday = np.arange(demand.shape[1]) % WEEK
        flat = known * self.day_factor
        level = np.nansum(demand, axis=1) / np.maximum(flat.sum(axis=1), 1e-12)
        expected = np.maximum(level, 0.0)[:, None] * flat
        sold, due = (np.bincount(weekday, values.sum(axis=0), WEEK) for values in (np.nan_to_num(demand), expected))
        factor = np.clip(np.where(due > 0, sold / np.maximum(due, 1e-12), 1.0), 0.2, 5.0)
        season = self.day_factor * factor[weekday]
        level = np.maximum(np.nansum(demand, axis=1) / np.maximum((known * season).sum(axis=1), 1e-12), 1e-6)
        return np.asarray(level[:, None] * season, float)


@dataclass(frozen=True, eq=False)
class _Equations:
    """Normal equations by closeness (4) and for part days (1): `gram`, scores and gram by day."""

    gram: Doubles
    by_day: Doubles
    gram_by_day: Doubles


def learn_substitution(panels: list[WarehousePanel], settings: RangeSettings) -> Substitution:
    """From all stock-outs of all warehouses."""
    lessons: dict[int, list[_Lessons]] = {}
    for panel in panels:
        day_factor = _day_factors(panel)
        for category in np.unique(panel.category):
            group = np.flatnonzero(panel.category == category)
            lessons.setdefault(int(category), []).append(_lessons_of(panel, group, day_factor[category]))
    likeness, everywhere = np.array(PRIOR_LIKENESS), settings.taken_instead
    for _ in range(ROUNDS):
        equations = {
            category: [part.equations(likeness, everywhere) for part in parts] for category, parts in lessons.items()
        }
        together = [part for parts in equations.values() for part in parts]
        slopes = _slopes(together, everywhere)
        everywhere = float(np.clip(_overall(together)[0], 0.05, MOST_TAKEN))
        likeness = likeness * np.clip(slopes / everywhere, 0.5, 2.0)
        likeness = likeness / likeness.max()
    estimates = {category: _overall(parts) for category, parts in equations.items()}
    share, sd = _pulled_shares(estimates, _overall(together), settings)
    outs = {category: int(sum((part.early > 0).sum() for part in parts)) for category, parts in lessons.items()}
    return Substitution(likeness, share, sd, outs)


def _lessons_of(panel: WarehousePanel, group: Codes, day_factor: Doubles) -> _Lessons:
    out = np.nan_to_num(1.0 - panel.in_stock[group])
    early = np.where(out >= 1 - OUT_FROM_THE_OPENING, out, 0.0)
    return _Lessons(closeness(panel, group), early, out - early, panel.demand[group], day_factor)


def _day_factors(panel: WarehousePanel) -> Doubles:
    """What the other categories sell on a day of what they usually sell, weekday included (by category code x t): a
    category's own sales would take away what is to be learned."""
    mean = recent_mean(panel.demand, 1e9)[0][:, None]
    known = ~np.isnan(panel.demand)
    of = np.arange(int(panel.category.max()) + 1)[:, None] == panel.category[None, :]
    usual, sold = of @ (known * mean), of @ np.nan_to_num(panel.demand)
    usual, sold = usual.sum(axis=0) - usual, sold.sum(axis=0) - sold
    return np.where(usual > 0, sold / np.maximum(usual, 1e-12), 1.0)


def _on_level(exposure: Doubles, level: Doubles, weight: Doubles) -> Doubles:
    """The part of each exposure that a product's level takes up."""
    size = np.maximum(np.einsum("kt,kt,kt->k", level, level, weight), 1e-12)
    slope = np.einsum("akt,kt,kt->ak", exposure, level, weight) / size
    return np.asarray(slope[:, :, None] * level[None], float)


def _slopes(equations: list[_Equations], usual: float) -> Doubles:
    """The share of each closeness (4), pulled a little towards `usual` so that a rare one says nothing wild."""
    gram = sum((part.gram for part in equations), np.zeros((CLOSENESS + 1,) * 2))
    score = sum((part.by_day.sum(axis=1) for part in equations), np.zeros(CLOSENESS + 1))
    ridge = np.diag([PRIOR_DAYS] * CLOSENESS + [1e-6])
    towards = np.array([usual] * CLOSENESS + [0.0])
    return np.asarray(np.linalg.solve(gram + ridge, score + ridge @ towards)[:CLOSENESS], float)


def _overall(equations: list[_Equations]) -> tuple[float, float]:
    """The share over all closenesses, and its variance from how days scatter; `UNTOLD` where no stock-out teaches."""
    both = np.zeros((2, CLOSENESS + 1))
    both[0, :CLOSENESS], both[1, CLOSENESS] = 1.0, 1.0
    gram = sum((both @ part.gram @ both.T for part in equations), np.zeros((2, 2)))
    if gram[0, 0] < 1e-6:
        return 0.0, UNTOLD
    inverse = np.linalg.inv(gram + np.diag([1e-9, 1e-9 + 1e-6 * gram[0, 0]]))
    slope = inverse @ sum((both @ part.by_day.sum(axis=1) for part in equations), np.zeros(2))
    scatter = np.zeros((2, 2))
    for part in equations:
        left = both @ part.by_day - np.einsum("ia,abt,jb,j->it", both, part.gram_by_day, both, slope)
        scatter += left @ left.T
    return float(slope[0]), max(float((inverse @ scatter @ inverse)[0, 0]), 1e-8)


def _pulled_shares(
    estimates: dict[int, tuple[float, float]], together: tuple[float, float], settings: RangeSettings
) -> tuple[dict[int, float], dict[int, float]]:
    """All categories' share, pulled towards what is known from elsewhere; then each category's, pulled towards all."""
    prior = 1 / settings.taken_instead_sd**2
    everywhere = (prior * settings.taken_instead + together[0] / together[1]) / (prior + 1 / together[1])
    variance = 1 / (prior + 1 / together[1])
    seen, noise = np.array([list(estimate) for estimate in estimates.values()]).T
    weight = 1 / (noise + 0.01)
    apart = weight**2 * ((seen - everywhere) ** 2 - noise)
    between = max(float(apart.sum() / max((weight**2).sum(), 1e-12)), 1e-3)
    precision = 1 / (between + variance)
    sd = (precision + 1 / noise) ** -0.5
    share = np.clip(sd**2 * (precision * everywhere + seen / noise), 0.0, MOST_TAKEN)
    return dict(zip(estimates, share.tolist(), strict=True)), dict(zip(estimates, sd.tolist(), strict=True))
