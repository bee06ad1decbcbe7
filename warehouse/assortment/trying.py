"""What a product that a warehouse does not sell would earn there: its margin, less what it takes from siblings, less
its waste.

What a product takes from siblings is what its customers would buy were it not there: the same shares by which a missing
product's customers move."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import WEEK
from warehouse.assortment.new_products import LaunchForecast, LaunchModel, forecast_launch, prices_paid
from warehouse.assortment.panel import attributes_of
from warehouse.assortment.retiring import WarehouseView
from warehouse.assortment.substitution import closeness_to

CODES = ("category", "subcategory", "tier", "unit", "band")


@dataclass(frozen=True)
class Tried:
    """A product to try in a warehouse, and what that comes to over the horizon."""

    launch: LaunchForecast
    money: float
    spread: float
    margin: float
    margin_assumed: bool
    taken_from_siblings: float
    waste: float
    waste_money: float
    siblings: tuple[tuple[str, float], ...]


def worth_trying(
    views: list[WarehouseView], products: pd.DataFrame, model: LaunchModel, day: pd.Timestamp, settings: RangeSettings
) -> list[Tried]:
    """What warehouses do not sell and others do, at a known price and cost, where it pays; in each warehouse the best
    `most_tried` of its range."""
    attributes = attributes_of(products, prices_paid([view.panel for view in views]))
    ended = products.set_index("product_id")["delisted_on"].notna()
    priced = {str(one) for view in views for one in np.array(view.panel.product_ids)[view.panel.priced]}
    candidates = sorted(priced & set(model.levels["product_id"]))
    tried = []
    for view in views:
        here = set(np.array(view.panel.product_ids)[view.panel.listed[:, -settings.least_days :].any(axis=1)])
        absent = [one for one in candidates if one not in here and not ended[one]]
        worth = [_tried(views, view, one, attributes, model, day, settings) for one in absent]
        sure = [one for one in worth if one.money > norm.ppf(settings.least_chance) * one.spread]
        sure.sort(key=lambda one: -one.money)
        tried += sure[: int(np.ceil(settings.most_tried * len(here)))]
    return tried


def _tried(
    views: list[WarehouseView],
    view: WarehouseView,
    product_id: str,
    attributes: pd.DataFrame,
    model: LaunchModel,
    day: pd.Timestamp,
    settings: RangeSettings,
) -> Tried:
    known = {name: int(attributes[name].loc[product_id]) for name in CODES}
    category, panel = known["category"], view.panel
    launch = forecast_launch(model, panel, product_id, category, day, settings)
    sold = float(launch.mean.sum())
    margin, waste_rate, unit_cost, assumed = _elsewhere(views, product_id)
    group = np.flatnonzero((panel.category == category) & panel.listed[:, -WEEK:].any(axis=1))
    classes = closeness_to(panel, group, known)
    shares, _ = view.substitution.taken(
        category, classes[None, :], view.sales.mean[group], np.ones(len(group), dtype=bool)
    )
    taken = shares[0] * panel.available[group]
    from_siblings = sold * float(taken @ panel.margin[group])
    waste = waste_rate * settings.horizon_days
    money = sold * margin - from_siblings - waste * unit_cost
    net = margin - float(taken @ panel.margin[group])
    spread = np.hypot(net * sold * np.sqrt(np.expm1(launch.sd**2) + 1 / max(sold, 1e-9)), 0.5 * waste * unit_cost)
    best = np.argsort(-taken)[:5]
    siblings = tuple((panel.product_ids[group[k]], float(taken[k])) for k in best if taken[k] > 0.005)
    return Tried(
        launch, money, float(spread), sold * margin, assumed, from_siblings, waste, waste * unit_cost, siblings
    )


def _elsewhere(views: list[WarehouseView], product_id: str) -> tuple[float, float, float, bool]:
    """A product's margin a unit, waste a day and cost of a unit wasted, where it is sold and these are known; and
    whether a margin among these is assumed."""
    found = [
        (view.panel.margin[at], view.waste.level.mean[at], view.panel.unit_waste_cost[at], view.panel.assumed[at])
        for view in views
        if product_id in view.panel.product_ids
        for at in [view.panel.product_ids.index(product_id)]
        if view.panel.priced[at]
    ]
    margin, waste, cost, assumed = np.mean(found, axis=0)
    return float(margin), float(waste), float(cost), bool(assumed > 0)
