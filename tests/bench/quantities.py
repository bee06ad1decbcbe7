"""What the quantities of a night cost in CPU: what each warehouse needs, and what is bought of which offer.

Made warehouses with stock by age, 14 days of forecast and two offers of two tiers for each product; demand's paths are
drawn beforehand, since they are the forecast's. Beside it stands the least that any rule must do with the same paths:
for each offer and tier the quantile of the covered days' demand at its critical fractile (a newsvendor's order). Run by
`make bench-quantities`.
"""

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.unit.warehouse.kitchen_garden import EVERY_DAY, MONDAY, TUESDAY, days_apart, offer, supply_of
from warehouse.purchasing.buying import choose_offers, plan_with_notes
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan_settings import USUAL
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields, estimate_yields
from warehouse.stock.lots import StockLot

T = TypeVar("T")
Floats = NDArray[np.float64]

DAYS = 14
LEVELS = (5, 10, 25, 50, 75, 90, 95)
LIVES = (2, 3, 4, 5, 7, 10, 14, float("nan"))


@dataclass(frozen=True)
class Shop:
    """One warehouse's evening, with the paths of its demand."""

    outlook: WarehouseOutlook
    products: pd.DataFrame
    offers: Sequence[Offer]
    paths: Floats

    def needs(self) -> tuple[Need, ...]:
        """As a plan estimates them."""
        return estimate_needs(
            self.outlook,
            self.products,
            self.offers,
            order_date=MONDAY,
            delivery_date=TUESDAY,
            draw=self._draw,
        )

    def _draw(self, product_ids: Sequence[str], *_: object) -> Floats:
        rows = pd.Index(self.products["product_id"]).get_indexer(pd.Index(product_ids))
        return self.paths[rows]


def shop_of(name: str, products: int, dice: np.random.Generator) -> Shop:
    """A warehouse with so many products, half of them in wholes."""
    ids = [f"{name}-{number:04d}" for number in range(products)]
    mean = dice.lognormal(2.5, 1.0, products)[:, None] * dice.uniform(0.7, 1.3, (products, DAYS))
    levels = np.array(LEVELS) / 100
    relative = np.quantile(dice.gamma(4.0, 0.25, 4000), levels)
    quantiles = mean[:, :, None] * relative
    forecasts = pd.DataFrame(quantiles.reshape(-1, len(LEVELS)), columns=[f"q{level:02d}" for level in LEVELS])
    forecasts = forecasts.assign(
        product_id=np.repeat(ids, DAYS), date=np.tile(pd.date_range(MONDAY, periods=DAYS), products), mean=mean.ravel()
    )
    lives = dice.choice(LIVES, products)
    prices = dice.uniform(5, 30, products).round(2)
    assortment = pd.DataFrame(
        {
            "product_id": ids,
            "in_wholes": np.arange(products) % 2 == 0,
            "shelf_life_days": lives,
            "list_price": [Decimal(repr(price)) for price in prices.tolist()],
        }
    )
    lots = [
        StockLot(f"{one}/{age}", one, Decimal(repr(round(quantity, 1))), MONDAY + timedelta(days=age))
        for one, of_it in zip(ids, mean[:, :1] * dice.uniform(0, 1, (products, 2)), strict=True)
        for age, quantity in enumerate(of_it.tolist())
    ]
    offers = [
        replace(
            offer(
                f"{farm}/{one}",
                product_id=one,
                price=f"{price * share:.2f}",
                pack=str(pack),
                weekdays=weekdays,
                cheaper_from=(f"{usual * 1.5:.0f}", f"{price * share * 0.95:.2f}"),
            ),
            supplier_id=farm,
        )
        for one, price, usual, share_of_two, pack, twice in zip(
            ids,
            prices,
            mean[:, 1],
            dice.uniform(0.5, 0.75, (products, 2)),
            dice.choice([1, 4, 6, 10], products),
            dice.random(products) < 0.3,
            strict=True,
        )
        for weekdays in [frozenset({2, 5}) if twice else EVERY_DAY]
        for farm, share in zip(("hill farm", "mill farm"), share_of_two, strict=True)
    ]
    paths = days_apart(ids, quantiles, mean, USUAL.scenarios, USUAL.seed)
    return Shop(WarehouseOutlook(name, forecasts, lots, []), assortment, offers, paths)


def uneven_lots(dice: np.random.Generator) -> Yields:
    """One unit in ten is rejected, of some lots none and of others half."""
    inspections = [
        {"product_id": "any", "supplier_id": farm, "inspected": 40.0, "accepted": 40.0 * share}
        for farm in ("hill farm", "mill farm")
        for share in dice.beta(9.0, 1.0, 60).tolist()
    ]
    return estimate_yields(pd.DataFrame(inspections))


def newsvendor(shops: Sequence[Shop], needs: Sequence[Need]) -> None:
    """The yardstick: of each need, offer and tier, one quantile of the covered days' demand."""
    rows = ((shop, row) for shop in shops for row in range(len(shop.products)))
    for (shop, row), (need, supply) in zip(rows, supplied(shops, needs), strict=True):
        demand = shop.paths[row, 1 : 1 + need.days_covered].sum(axis=0)
        costs = np.array([float(tier.unit_price) for one in supply.offers for tier in one.tiers])
        np.quantile(demand, np.clip(1 - costs / float(need.list_price or 1), 0, 1))


def supplied(shops: Sequence[Shop], needs: Sequence[Need]) -> list[tuple[Need, Supply]]:
    """The needs with their offers."""
    offers_of: dict[str, list[Offer]] = {}
    for one in (one for shop in shops for one in shop.offers):
        offers_of.setdefault(one.product_id, []).append(one)
    return [(need, supply_of(need, offers_of[need.product_id])) for need in needs]


def seconds_of(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and the CPU seconds that it takes; what was made before is not gone through again for garbage."""
    gc.collect()
    before = time.process_time()
    given = work()
    return given, time.process_time() - before


def main() -> None:
    """Prints seconds of CPU by step, needs a second, and times of the yardstick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warehouses", type=int, default=1)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    dice = np.random.default_rng(asked.seed)
    first = shop_of("first", 20, dice)  # imports what is imported when it is first needed
    plan_with_notes(supplied([first], first.needs()), Yields())
    shops, making = seconds_of(
        lambda: [shop_of(f"shop {number}", asked.products, dice) for number in range(asked.warehouses)]
    )
    needs, needing = seconds_of(lambda: [need for shop in shops for need in shop.needs()])
    _, yardstick = seconds_of(lambda: newsvendor(shops, needs))
    print(f"{len(needs)} needs of {USUAL.scenarios} paths; the region and its paths were made in {making:.2f} s of CPU")
    print(f"newsvendor's quantiles: {yardstick:.2f} s of CPU")
    for what, yields in {"all accepted": Yields(), "uneven lots": uneven_lots(dice)}.items():
        alone = [(need, supply.offers) for need, supply in supplied(shops, needs)]
        _, choosing = seconds_of(lambda: choose_offers(alone, yields, {}, USUAL))  # noqa: B023
        asked_for = supplied(shops, needs)
        _, planning = seconds_of(lambda: plan_with_notes(asked_for, yields))  # noqa: B023
        whole = needing + planning
        print(
            f"{what}: needs {needing:.2f} s, packs of the best offers {choosing:.2f} s, with lines and reasons "
            f"{planning:.2f} s of CPU; {len(needs) / whole:,.0f} needs a second, {whole / yardstick:.1f} times the "
            "newsvendor's",
            flush=True,
        )


if __name__ == "__main__":
    main()
