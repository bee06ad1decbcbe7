"""A made region for the allocation's benchmark: many farms, each with a part of the assortment, under terms that bite.

Assumed, since no public data set has farms' terms: a product is offered by five farms on average, within 6% of its
usual price, in packs of 2 to 10; a tenth off from one to one and a half of a warehouse's usual quantity on; a third of
the offers with a minimum of three packs; a day's capacity between a third and three times what all warehouses sell of
the product in a day, evenly by its logarithm. A farm's delivery to a warehouse costs 10 to 60, what 2 to 10 packs cost,
and every third farm asks for an order of 100. Demand is gamma with a standard deviation of a third of its mean to all
of it, goods keep for about three days, and sell at 1.63 times their usual price.
"""

from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.allocation.problem import Option, Problem, Wanted, option_of
from warehouse.purchasing.allocation.terms import SupplierTerms
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Worth, result_curve
from warehouse.purchasing.suppliers.offers import Offer, PriceTier

Floats = NDArray[np.float64]

DAY: Final = date(2026, 3, 3)
MARKUP: Final = 1.63
OFFERS_OF_A_PRODUCT: Final = 5
SCENARIOS: Final = 256
EVERY_DAY: Final = frozenset(range(1, 8))


def region(farms: int, products: int, warehouses: int, seed: int) -> Problem:
    """Every product in every warehouse, for one day's delivery."""
    dice = np.random.default_rng(seed)
    price = dice.lognormal(1.5, 0.6, products).round(2) + 0.5
    mean = dice.lognormal(3.0, 0.8, (warehouses, products))
    offers = _offers(dice, farms, price, mean)
    needs: list[Wanted] = []
    options: list[Option] = []
    for warehouse in range(warehouses):
        for product in range(products):
            worth = _worth(dice, float(price[product]), float(mean[warehouse, product]))
            wanted = Wanted(f"W{warehouse}", f"P{product}", DAY, worth)
            options += [option_of(len(needs), wanted, offer, accepted) for offer, accepted in offers[product]]
            needs.append(wanted)
    of_farms = [SupplierTerms(float(dice.uniform(10, 60)), float(dice.choice([0, 0, 100]))) for _ in range(farms)]
    terms = {(f"F{n}", f"W{warehouse}", DAY): of for n, of in enumerate(of_farms) for warehouse in range(warehouses)}
    return Problem(needs, options, terms)


def _worth(dice: np.random.Generator, cost: float, mean: float) -> ResultCurve:
    spread = dice.uniform(0.33, 1.0)
    in_cover = np.sort(dice.gamma(1 / spread**2, mean * spread**2, SCENARIOS))
    in_life = np.sort(in_cover + dice.gamma(4.0, mean / 2, SCENARIOS))
    curve = result_curve(Lack(in_cover, in_life, outlives_cover=True), Worth(cost * MARKUP, 0.02), cost)
    kept = np.unique(np.linspace(0, len(curve.units) - 1, 33).round().astype(int))
    worth = curve.result[kept] + cost * curve.units[kept]
    return ResultCurve(curve.units[kept], worth, curve.slope_beyond + cost)


def _offers(dice: np.random.Generator, farms: int, price: Floats, mean: Floats) -> list[list[tuple[Offer, float]]]:
    """By product, each with the share that is accepted."""
    of_product: list[list[tuple[Offer, float]]] = [[] for _ in price]
    each = min(max(1, OFFERS_OF_A_PRODUCT * len(price) // farms), len(price))
    for farm in range(farms):
        for product in dice.choice(len(price), each, replace=False):
            pack = Decimal(int(dice.integers(2, 11)))
            usual, of_all = float(mean[:, product].mean()), float(mean[:, product].sum())
            unit = float(price[product]) * dice.uniform(0.94, 1.06)
            cheaper_from = (int(usual * dice.uniform(1.0, 1.6) / float(pack)) + 1) * pack
            capacity = Decimal(int(of_all * np.exp(dice.uniform(np.log(1 / 3), np.log(3)))))
            offer = Offer(
                offer_id=f"F{farm}/P{product}",
                supplier_id=f"F{farm}",
                product_id=f"P{product}",
                pack_size=pack,
                min_quantity=pack * int(dice.choice([0, 0, 3])),
                daily_capacity=max(capacity, pack),
                lead_time_days=1,
                delivery_weekdays=EVERY_DAY,
                tiers=(
                    PriceTier(Decimal(0), Decimal(f"{unit:.2f}")),
                    PriceTier(cheaper_from, Decimal(f"{0.9 * unit:.2f}")),
                ),
            )
            of_product[product].append((offer, float(dice.beta(30, 1.5))))
    return of_product
