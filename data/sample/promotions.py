"""Which products are promoted when, at what price: planned days ahead, region-wide or for one warehouse.

About a quarter of the product-days carry a discount, most by 5 to 25 percent, in runs of 3 to 7 days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.streams import stream

BOOKED_AHEAD = 9  # days before its start by which every promotion is known
_DISCOUNTS = np.array([0.95, 0.9, 0.88, 0.85, 0.8, 0.75, 0.7, 0.6])
_SHARES = np.array([0.18, 0.2, 0.14, 0.16, 0.14, 0.09, 0.06, 0.03])


@dataclass(frozen=True)
class Promotions:
    """Runs (arrays over promotions: warehouse, product, first and last day, days known ahead, discount, promoted)
    and, for each (day, warehouse, product), `discount` (1: full price) and `days_in` (1 on the first day, 0: none)."""

    warehouse: NDArray[np.int64]
    product: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    known_ahead: NDArray[np.int64]
    run_discount: NDArray[np.float64]
    promoted: NDArray[np.bool_]
    discount: NDArray[np.float32]
    activity: NDArray[np.bool_]
    days_in: NDArray[np.int8]


def plan_promotions(extent: Extent, catalogue: Catalogue) -> Promotions:
    """All promotions of the region, those of the planned days after `until` among them."""
    random = stream(extent.seed, "promotions")
    days, warehouses, products = len(extent.all_days), extent.warehouses, len(catalogue.products)
    discount = np.ones((days, warehouses, products), np.float32)
    activity = np.zeros((days, warehouses, products), bool)
    days_in = np.zeros((days, warehouses, products), np.int8)
    eagerness = random.gamma(3.0, 1 / 3, products)  # some products are promoted often, some hardly ever
    runs: list[tuple[int, int, int, int, int, float, bool]] = []
    for first in range(days):
        starts = random.random(products) < 0.07 * eagerness
        for product in np.flatnonzero(starts):
            length = int(random.integers(3, 8))
            price = float(random.choice(_DISCOUNTS, p=_SHARES))
            promoted = bool(random.random() < 0.6)
            ahead = int(random.integers(2, BOOKED_AHEAD + 1))
            everywhere = random.random() < 0.7
            chosen = np.arange(warehouses) if everywhere else random.integers(0, warehouses, 1)
            last = min(first + length - 1, days - 1)
            for warehouse in chosen:
                # one run at a time, and a pause after it
                if days_in[max(first - 3, 0) : last + 1, warehouse, product].any():
                    continue
                discount[first : last + 1, warehouse, product] = price
                activity[first : last + 1, warehouse, product] = promoted
                days_in[first : last + 1, warehouse, product] = np.arange(1, last - first + 2)
                runs.append((int(warehouse), int(product), first, last, ahead, price, promoted))
    table = np.array(runs, dtype=float).reshape(-1, 7).T
    return Promotions(
        warehouse=table[0].astype(int),
        product=table[1].astype(int),
        first=table[2].astype(int),
        last=table[3].astype(int),
        known_ahead=table[4].astype(int),
        run_discount=table[5],
        promoted=table[6].astype(bool),
        discount=discount,
        activity=activity,
        days_in=days_in,
    )


def uplift(promotions: Promotions, elasticity: NDArray[np.float64]) -> NDArray[np.float32]:
    """What promotions add to demand, as a log (day, warehouse, product): strongest on the first day, with a dip on
    the two days after the run, when the larders are full."""
    strength = -np.log(promotions.discount) * elasticity + 0.12 * promotions.activity
    days_in = promotions.days_in
    effect = strength * np.where(days_in == 1, 1.2, np.where(days_in > 3, 0.85, 1.0)) * (days_in > 0)
    left_behind = strength[:-1] * ((days_in[:-1] > 0) & (days_in[1:] == 0))
    effect[1:] -= 0.35 * left_behind * (days_in[1:] == 0)
    effect[2:] -= 0.20 * left_behind[:-1] * (days_in[2:] == 0)
    return effect.astype(np.float32)


def promotion_rows(
    extent: Extent, catalogue: Catalogue, promotions: Promotions
) -> Iterator[tuple[str, str, date, datetime, date, float, bool]]:
    """Rows of the table promotions: those that touch the days told of or the week after, as far as known by `until`."""
    order = np.lexsort((promotions.first, promotions.product, promotions.warehouse))
    for at in order:
        first, last = int(promotions.first[at]), int(promotions.last[at])
        known_on = first - int(promotions.known_ahead[at])
        product = catalogue.products[int(promotions.product[at])]
        if last < WARM_UP_DAYS or known_on >= extent.simulated_days or extent.all_days[last] < product.introduced_on:
            continue
        yield (
            extent.warehouse_ids[int(promotions.warehouse[at])],
            product.product_id,
            extent.all_days[first],
            extent.moment(extent.day(known_on), 15),
            extent.all_days[last],
            float(promotions.run_discount[at]),
            bool(promotions.promoted[at]),
        )
