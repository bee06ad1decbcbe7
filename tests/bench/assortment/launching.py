"""New products' first four weeks in made shops: forecast before they are sold, and after the first days, and what they
sold. Products that other warehouses sell already, and such as are new everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.bench.assortment.worlds import AHEAD, FIRST_DAY, MadeShop
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.new_products import forecast_launch, learn_launches
from warehouse.assortment.panel import panels_of

LEAST_SOLD = 14.0  # in four weeks: what sells less than every other day has no percentage worth stating


@dataclass(frozen=True)
class Launched:
    """A launch: new everywhere or not, what was forecast of its four weeks after so many days, and what was sold."""

    new_everywhere: bool
    after: int
    forecast: float
    sold: float
    within: bool


def launches(shop: MadeShop, after: tuple[int, ...] = (0, 3, 7)) -> Iterator[Launched]:
    """What is not in a warehouse's range yet and is launched there on the day of the decision."""
    settings = RangeSettings()
    absent = ~(shop.ranged & (shop.launched[None, :] < shop.make.days))
    chosen = absent & (np.random.default_rng([shop.seed, 9]).random(absent.shape) < 0.35)
    chosen |= (shop.launched >= shop.make.days)[None, :]
    played = shop.ahead(0, also=chosen)
    everywhere = shop.launched >= shop.make.days
    for days in after:
        history = _known(shop, played.sold, played.in_stock, chosen, days)
        day = shop.day + pd.Timedelta(days=days)
        panels = panels_of(history)
        model = learn_launches(panels, history.products, settings)
        for at, panel in enumerate(panels):
            for product in np.flatnonzero(chosen[at]):
                sold = float(played.sold[at, product].sum())
                if sold < LEAST_SOLD or played.in_stock[at, product].mean() < 0.9:
                    continue
                name = f"P{product:03d}"
                told = forecast_launch(model, panel, name, int(shop.goods.category[product]), day, settings)
                so_far = float(played.sold[at, product, :days].sum())
                rest = float(told.mean[: AHEAD - days].sum() / max(told.mean.sum(), 1e-9))
                forecast = so_far + told.middle * rest
                yield Launched(bool(everywhere[product]), days, forecast, sold, told.low <= sold <= told.high)


def _known(shop: MadeShop, sold: np.ndarray, in_stock: np.ndarray, chosen: np.ndarray, days: int) -> AssortmentHistory:
    """The past, and so many days of what was launched and of all else."""
    here = (shop.ranged & (shop.launched[None, :] < shop.make.days)) | chosen
    warehouse, product, day = np.nonzero(np.repeat(here[:, :, None], days, axis=2))
    first = pd.DataFrame(
        {
            "warehouse_id": [f"W{at}" for at in warehouse],
            "product_id": [f"P{at:03d}" for at in product],
            "date": FIRST_DAY + pd.to_timedelta(shop.make.days + day, unit="D"),
            "sold": sold[warehouse, product, day],
            "demand": np.nan,
            "in_stock": in_stock[warehouse, product, day],
            "price": shop.goods.price[product],
            "cost": shop.goods.cost[product],
            "waste": 0.0,
            "waste_money": 0.0,
        }
    )
    days_known = pd.concat([shop.history.days, first], ignore_index=True) if days else shop.history.days
    return AssortmentHistory(days_known, shop.products, shop.history.baskets)
