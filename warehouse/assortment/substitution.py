"""Who buys what when a product is out, learned from stock-outs.

A share of the customers of a missing product takes a sibling of its category. How large it is goes by how alike the
two are (Fisher and Vaidyanathan 2014): of the same subcategory or not, and near in price tier, unit and band or not.
Among siblings equally alike they spread as these sell (Koek and Fisher 2007). On days on which a product was out, its
siblings sold `share` x what it would have sold more than usual: a linear regression on all days of all warehouses,
with levels of products, weekdays and the warehouse's day taken out. Single products have few stock-outs, so a
category's shares are pulled towards those of all categories, and these towards what is known from elsewhere.

A shelf that is empty by noon was emptied by high demand, which siblings share. Products that were out from the opening
on were not: only these teach; part days have slopes of their own that are not used."""

from dataclasses import dataclass

import numpy as np

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import WEEK, recent_mean
from warehouse.assortment.panel import Codes, WarehousePanel
from warehouse.assortment.shrinking import Doubles

CLOSENESS = 4  # same subcategory and near, same subcategory, near, neither
OUT_FROM_THE_OPENING = 0.2  # share of the day in stock up to which a product counts as out before the day began
LEAST_OUT = 0.02  # of a day, from which on a day counts as one with a stock-out
MOST_TAKEN = 0.95
PROMPTS = 2  # taking out levels and learning shares take turns

Classes = Doubles  # closeness x products x products: 1 where the second is a sibling of that closeness of the first


def closeness(panel: WarehousePanel, group: Codes) -> Classes:
    """Which products (g) of one category are alike how much (4 x g x g); none is its own sibling."""
    same = panel.subcategory[group][:, None] == panel.subcategory[group][None, :]
    near = np.ones_like(same)
    for attribute in (panel.tier, panel.unit, panel.band):
        near &= attribute[group][:, None] == attribute[group][None, :]
    others = ~np.eye(len(group), dtype=bool)
    return np.stack([same & near, same & ~near, ~same & near, ~same & ~near]).astype(float) * others


def spread_over_siblings(classes: Classes, level: Doubles) -> Doubles:
    """Of those who take a sibling of each closeness, the share that takes each (4 x from g x to g); rows without a
    sibling of that closeness are 0."""
    weighted = classes * np.maximum(level, 1e-9)[None, None, :]
    total = weighted.sum(axis=2, keepdims=True)
    return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), 0.0)


@dataclass(frozen=True, eq=False)
class Substitution:
    """Shares of a missing product's customers that take a sibling, by category code: mean (4) and covariance (4 x 4),
    and the product-days out from the opening on that taught them."""

    shares: dict[int, Doubles]
    covariance: dict[int, Doubles]
    stock_outs: dict[int, int]

    def taken(self, category: int, classes: Classes, level: Doubles) -> Doubles:
        """The share of each product's customers that takes each sibling (g x g)."""
        parts = spread_over_siblings(classes, level)
        flows = np.einsum("c,cjk->jk", self.shares[category], parts)
        total = flows.sum(axis=1, keepdims=True)
        return np.asarray(flows * np.minimum(1.0, MOST_TAKEN / np.maximum(total, 1e-12)), float)


@dataclass(frozen=True, eq=False)
class _Lessons:
    """Normal equations of a category, weighted by the inverse of the variance; `scatter` of the scores by day."""

    gram: Doubles
    score: Doubles
    scatter: Doubles
    stock_outs: int


def learn_substitution(panels: list[WarehousePanel], settings: RangeSettings) -> Substitution:
    """From all stock-outs of all warehouses."""
    lessons: dict[int, list[_Lessons]] = {}
    for panel in panels:
        day_factor = _day_factors(panel)
        for category in np.unique(panel.category):
            group = np.flatnonzero(panel.category == category)
            lessons.setdefault(int(category), []).append(_lessons(panel, group, day_factor))
    together = {category: _added(parts) for category, parts in lessons.items()}
    return _pulled_shares(together, settings)


def _day_factors(panel: WarehousePanel) -> Doubles:
    """What a day of the warehouse sells of what its products usually sell, weekday included."""
    mean = recent_mean(panel.demand, 1e9)[0][:, None]
    known = ~np.isnan(panel.demand)
    usual = (known * mean).sum(axis=0)
    return np.where(usual > 0, np.nansum(panel.demand, axis=0) / np.maximum(usual, 1e-12), 1.0)


def _usual(panel: WarehousePanel, group: Codes, day_factor: Doubles, more: Doubles) -> Doubles:
    """What each product of a category would sell on each day but for the siblings that are out (g x t)."""
    demand = panel.demand[group] - more
    known = ~np.isnan(demand)
    weekday = np.arange(demand.shape[1]) % WEEK
    flat = known * day_factor
    level = np.nansum(demand, axis=1) / np.maximum(flat.sum(axis=1), 1e-12)
    expected = np.maximum(level, 0.0)[:, None] * flat
    sold, due = (np.bincount(weekday, values.sum(axis=0), WEEK) for values in (np.nan_to_num(demand), expected))
    factor = np.clip(np.where(due > 0, sold / np.maximum(due, 1e-12), 1.0), 0.2, 5.0)
    season = day_factor * factor[weekday]
    level = np.maximum(np.nansum(demand, axis=1) / np.maximum((known * season).sum(axis=1), 1e-12), 1e-6)
    return np.asarray(level[:, None] * season, float)


def _lessons(panel: WarehousePanel, group: Codes, day_factor: Doubles) -> _Lessons:
    out = np.nan_to_num(1.0 - panel.in_stock[group])
    early = np.where(out >= 1 - OUT_FROM_THE_OPENING, out, 0.0)
    known = ~np.isnan(panel.demand[group])
    classes = closeness(panel, group)
    more = np.zeros_like(out)
    shares = np.zeros(2 * CLOSENESS)
    for _ in range(PROMPTS):
        usual = _usual(panel, group, day_factor, more)
        parts = spread_over_siblings(classes, usual.mean(axis=1))
        pushed = [np.einsum("jk,jt->kt", part, missing * usual) for missing in (early, out - early) for part in parts]
        exposure = np.stack(pushed)
        level = usual / usual.mean(axis=1, keepdims=True)
        weight = known / usual.mean(axis=1, keepdims=True) / np.maximum(level, 1e-6)
        projected = exposure - _on_level(exposure, level, weight)
        rest = np.where(known, np.nan_to_num(panel.demand[group]) - usual, 0.0)
        gram = np.einsum("akt,bkt,kt->ab", projected, projected, weight)
        score = np.einsum("akt,kt,kt->a", projected, rest, weight)
        shares = np.clip(np.linalg.lstsq(gram + 1e-9 * np.eye(len(gram)), score, rcond=None)[0], 0.0, 1.0)
        more = np.tensordot(shares, exposure, 1)
    left = np.where(known, np.nan_to_num(panel.demand[group]) - _usual(panel, group, day_factor, more) - more, 0.0)
    by_day = np.einsum("akt,kt,kt->at", projected, left, weight)
    return _Lessons(gram, score, by_day @ by_day.T, int((early > LEAST_OUT).sum()))


def _on_level(exposure: Doubles, level: Doubles, weight: Doubles) -> Doubles:
    """The part of each exposure that a product's level takes up."""
    slope = np.einsum("akt,kt,kt->ak", exposure, level, weight) / np.maximum(
        np.einsum("kt,kt,kt->k", level, level, weight), 1e-12
    )
    return np.asarray(slope[:, :, None] * level[None], float)


def _added(parts: list[_Lessons]) -> _Lessons:
    return _Lessons(
        sum((part.gram for part in parts), np.zeros((2 * CLOSENESS,) * 2)),
        sum((part.score for part in parts), np.zeros(2 * CLOSENESS)),
        sum((part.scatter for part in parts), np.zeros((2 * CLOSENESS,) * 2)),
        sum(part.stock_outs for part in parts),
    )


def _pulled_shares(lessons: dict[int, _Lessons], settings: RangeSettings) -> Substitution:
    """All categories' shares, pulled towards the prior; then each category's, pulled towards all."""
    estimates = {category: _estimate(lesson) for category, lesson in lessons.items()}
    prior = np.full(CLOSENESS, settings.taken_instead / CLOSENESS)
    prior_precision = np.eye(CLOSENESS) * CLOSENESS / settings.taken_instead_sd**2
    everywhere, cov = _combined(prior, prior_precision, *_estimate(_added(list(lessons.values()))))
    between = _between(estimates, everywhere)
    shares, covariance = {}, {}
    for category, (share, precision) in estimates.items():
        pull = np.asarray(np.linalg.inv(between + cov), float)
        mean, own = _combined(everywhere, pull, share, precision)
        shares[category] = np.clip(mean, 0.0, MOST_TAKEN)
        covariance[category] = own
    return Substitution(shares, covariance, {category: lesson.stock_outs for category, lesson in lessons.items()})


def _estimate(lesson: _Lessons) -> tuple[Doubles, Doubles]:
    """The shares that full days teach, and the inverse of their covariance; part days' slopes are fitted and left."""
    size = len(lesson.gram)
    ridge = 1e-6 * (np.trace(lesson.gram) / size + 1e-9) * np.eye(size)
    inverse = np.linalg.inv(lesson.gram + ridge)
    covariance = inverse @ (lesson.scatter + ridge) @ inverse
    own = covariance[:CLOSENESS, :CLOSENESS]
    unknown = np.diag(np.where(np.diag(lesson.gram)[:CLOSENESS] <= 1e-9, 1e6, 1e-8))
    return (inverse @ lesson.score)[:CLOSENESS], np.asarray(np.linalg.inv(own + unknown), float)


def _combined(first: Doubles, first_precision: Doubles, other: Doubles, precision: Doubles) -> tuple[Doubles, Doubles]:
    covariance = np.asarray(np.linalg.inv(first_precision + precision), float)
    return covariance @ (first_precision @ first + precision @ other), covariance


def _between(estimates: dict[int, tuple[Doubles, Doubles]], everywhere: Doubles) -> Doubles:
    """The variance of shares among categories, beyond what chance explains; the same for each closeness."""
    apart = [(share - everywhere) ** 2 for share, _ in estimates.values()]
    chance = [np.diag(np.linalg.inv(precision)) for _, precision in estimates.values()]
    weight = [1 / (noise + 0.01) ** 2 for noise in chance]
    beyond = sum(float((w * (a - n)).sum()) for w, a, n in zip(weight, apart, chance, strict=True))
    return np.eye(CLOSENESS) * max(beyond / sum(float(w.sum()) for w in weight), 1e-4)
