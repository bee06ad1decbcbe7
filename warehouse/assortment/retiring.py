"""What leaving a product out comes to over the horizon: the margin of its sales is lost, part of it moves to siblings,
its waste is saved, and siblings that sell more waste otherwise.

Products leave one after the other, the one that earns most by it first: siblings then sell more, so that a second
product of a kind has fewer to move to and may have become worth its place."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from warehouse.assortment.basket_holds import BasketTies
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import Level
from warehouse.assortment.panel import Codes, WarehousePanel
from warehouse.assortment.shrinking import Doubles
from warehouse.assortment.substitution import Substitution, closeness
from warehouse.assortment.waste_curve import WasteLevels

LEAST_SOLD = 1e-3  # a day, so that what a sibling sells more is a finite part of it


@dataclass(frozen=True, eq=False)
class WarehouseView:
    """All that is believed of a warehouse's products: sales and waste a day, who takes what, what hangs on them."""

    panel: WarehousePanel
    sales: Level
    waste: WasteLevels
    substitution: Substitution
    ties: BasketTies | None


@dataclass(frozen=True, eq=False)
class Leaving:
    """What leaving out each product of a warehouse comes to over the horizon (n): money and its standard deviations, by
    what they come from. `taken` (n x n) is the share of a product's customers that each sibling gets, in stock.

    `by_share` is what a higher share of customers who take a sibling would add, `by_elasticity` what one standard
    deviation of the elasticity of siblings' waste adds: errors that products share."""

    margin_lost: Doubles
    margin_kept: Doubles
    waste_saved: Doubles
    waste_saved_money: Doubles
    baskets_lost: Doubles
    own_variance: Doubles
    by_share: Doubles
    by_elasticity: Doubles
    taken: Doubles

    @property
    def money(self) -> Doubles:
        """The expected effect, baskets that are lost counted."""
        return np.asarray(self.margin_kept - self.margin_lost + self.waste_saved_money - self.baskets_lost, float)


def leaving(view: WarehouseView, settings: RangeSettings, retired: Codes | None = None) -> Leaving:
    """Of each product by itself, when those `retired` are gone already and their customers have moved."""
    panel, size, days = view.panel, len(view.panel.product_ids), settings.horizon_days
    stays = np.ones(size, dtype=bool)
    if retired is not None:
        stays[retired] = False
    taken, slope = np.zeros((size, size)), np.zeros((size, size))
    for category in np.unique(panel.category):
        group = np.flatnonzero(panel.category == category)
        at, level = np.ix_(group, group), view.sales.mean[group]
        taken[at], slope[at] = view.substitution.taken(int(category), closeness(panel, group), level, stays[group])
    taken, slope = taken * panel.available[None, :], slope * panel.available[None, :]
    sold = view.sales.mean.copy()
    if retired is not None:
        sold = sold + (taken[retired] * sold[retired][:, None]).sum(axis=0)
    lost = sold * days
    kept_each = taken @ panel.margin
    wasted = view.waste.level.mean
    more = sold[:, None] * taken
    growth = np.log1p(more / np.maximum(sold, LEAST_SOLD)[None, :])
    wastes_more = wasted * np.expm1(view.waste.elasticity * growth)
    saves_most = wastes_more < -more  # a unit more that is sold is at most a unit less that is thrown away
    siblings_waste = days * (np.where(saves_most, -more, wastes_more) @ panel.unit_waste_cost)
    steeper = np.where(saves_most, 0.0, (wasted + wastes_more) * growth)
    own_waste = wasted * days
    hanging = np.zeros(size) if view.ties is None else view.ties.orders * view.ties.rest_margin * days
    leaves = 0.0 if view.ties is None else view.ties.leaves
    net = panel.margin - kept_each
    own = (
        net**2 * (view.sales.variance * days**2 + view.sales.chance_over(days))
        + panel.unit_waste_cost**2 * (view.waste.level.variance * days**2 + view.waste.level.chance_over(days))
        + (0.0 if view.ties is None else (hanging * view.ties.own_leaves_sd) ** 2)
    )
    return Leaving(
        margin_lost=lost * panel.margin,
        margin_kept=lost * kept_each,
        waste_saved=own_waste,
        waste_saved_money=own_waste * panel.unit_waste_cost - siblings_waste + settings.place_cost * days,
        baskets_lost=hanging * leaves,
        own_variance=own,
        by_share=lost * (slope @ panel.margin),
        by_elasticity=days * (steeper @ (panel.unit_waste_cost * view.waste.elasticity_sd)),
        taken=taken,
    )


def spread_of(view: WarehouseView, effect: Leaving) -> Doubles:
    """The standard deviation of each product's effect."""
    share_sd = np.array([view.substitution.share_sd[int(category)] for category in view.panel.category])
    shared = (effect.by_share * share_sd) ** 2 + effect.by_elasticity**2
    return np.asarray(np.sqrt(effect.own_variance + shared), float)


@dataclass(frozen=True)
class Retired:
    """A product that leaves, with what that comes to after those chosen before it."""

    at: int
    money: float
    spread: float
    margin_lost: float
    margin_kept: float
    waste_saved: float
    waste_saved_money: float
    siblings: tuple[tuple[int, float], ...]
    siblings_waste_money: float


def choose_retired(view: WarehouseView, settings: RangeSettings) -> list[Retired]:
    """The products worth leaving out, the best first, those that baskets hold back too; these move nobody.

    None is left out so that its customers buy something dearer: it must pay without that. What a product earns must be
    known.
    """
    chosen: list[Retired] = []
    gone: list[int] = []
    days = view.panel.listed.sum(axis=1)
    ongoing = view.panel.listed[:, -7:].any(axis=1)
    open_ = (days >= settings.least_days) & ongoing & view.panel.priced
    room = np.ceil(
        settings.most_retired * np.bincount(view.panel.category[ongoing], minlength=view.panel.category.max() + 1)
    )
    limit = int(np.ceil(settings.most_retired * ongoing.sum()))
    least = float(norm.ppf(settings.least_chance))
    while len(gone) < limit:
        effect = leaving(view, settings, np.array(gone, dtype=np.intp) if gone else None)
        spread = spread_of(view, effect)
        money = np.where(open_, effect.money, -np.inf)
        pays = money - np.maximum(effect.margin_kept - effect.margin_lost, 0.0)
        sure = pays > least * spread
        if not sure.any():
            break
        at = int(np.argmax(np.where(sure, money, -np.inf)))
        chosen.append(_retired(view, effect, spread, at, settings))
        open_[at] = False
        if (
            view.ties is None
            or not view.ties.hold(at, float(effect.money[at] + effect.baskets_lost[at]), settings).holds
        ):
            gone.append(at)
            room[view.panel.category[at]] -= 1
            open_ &= room[view.panel.category] > 0
    return chosen


def _retired(view: WarehouseView, effect: Leaving, spread: Doubles, at: int, settings: RangeSettings) -> Retired:
    takers = np.argsort(-effect.taken[at])[:5]
    own = float(effect.waste_saved[at] * view.panel.unit_waste_cost[at]) + settings.place_cost * settings.horizon_days
    lost = float(view.sales.mean[at] * view.panel.margin[at]) * settings.horizon_days
    moved_here = float(effect.margin_lost[at]) - lost  # by products chosen before, which now moves on
    return Retired(
        at=at,
        money=float(effect.money[at]),
        spread=float(spread[at]),
        margin_lost=lost,
        margin_kept=float(effect.margin_kept[at]) - moved_here,
        waste_saved=float(effect.waste_saved[at]),
        waste_saved_money=float(effect.waste_saved_money[at]),
        siblings=tuple((int(k), float(effect.taken[at, k])) for k in takers if effect.taken[at, k] > 0.005),
        siblings_waste_money=own - float(effect.waste_saved_money[at]),
    )
