"""What carrying stock between warehouses earns beside the best of all that could be carried, and what a night of it
costs in CPU. Run by `make bench-transfers`.

Small cases: two warehouses with a surplus, two without, four ways, packs of 1 and 3; every quantity of every lot on
every way is tried. The night: made warehouses with stock by age, of some products too much, and ways between all of
them.
"""

import argparse
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, days_apart, offer, products
from tests.unit.warehouse.test_transfers import FEW, best_of_all, lot, place, spread, way
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.need.scenarios import DrawDemand, drawn_once
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.exchange import exchange
from warehouse.purchasing.transfers.loads import Place, WorkOut, loads
from warehouse.purchasing.transfers.ways import Way
from warehouse.stock.lots import StockLot

LIVES = (2, 3, 4, 6)
DRIVES = (0.0, 10.0, 30.0)


def beside_the_best(cases: int, seed: int) -> tuple[float, float, int]:
    """The share of what the best of all earns, over all cases and in the worst, and in how many it is less."""
    dice = np.random.default_rng(seed)
    shares, earned, best = [], 0.0, 0.0
    for _ in range(cases):
        offers = [offer(pack=str(dice.choice([1, 3])))] if dice.random() < 0.5 else []
        north, east = (
            place(
                name,
                dice.integers(0, 5, 4).tolist(),
                [lot(str(dice.integers(3, 9)), MONDAY + timedelta(days=int(dice.integers(0, 3))))],
                offers=offers,
                draw=spread,
            )
            for name in ("north", "east")
        )
        south, west = (
            place(name, dice.integers(0, 9, 4).tolist(), offers=offers, draw=spread) for name in ("south", "west")
        )
        ways = [
            way(of, to, cost_per_unit=float(dice.choice([0.5, 2.0])), drive_cost=float(dice.choice(DRIVES)))
            for of in ("north", "east")
            for to in ("south", "west")
        ]
        here = [north, east, south, west]
        ours = sum(one.earns for one in exchange(here, ways, Yields(), FEW).transfers)
        most = best_of_all(here, ways)
        earned, best = earned + ours, best + most
        shares += [ours / most] if most > 0 else []
    return earned / best, min(shares), sum(share < 1 - 1e-6 for share in shares)


def region(warehouses: int, assortment: int, seed: int) -> list[Place]:
    """Made warehouses that sell the same products, with stock by age."""
    dice = np.random.default_rng(seed)
    ids = [f"P{number:04}" for number in range(assortment)]
    offers = {
        name: offer(name, product_id=name, price=f"{dice.uniform(4, 12):.2f}", pack=str(dice.choice([1, 4, 10])))
        for name in ids
    }
    lives = {name: int(dice.choice(LIVES)) for name in ids}
    means = {name: float(dice.lognormal(2, 0.8)) for name in ids}
    terms = products(product_ids=ids).assign(shelf_life_days=[float(lives[name]) for name in ids])
    return [_warehouse(f"W{number}", dice, means, lives, offers, terms) for number in range(warehouses)]


def _warehouse(name, dice, means, lives, offers, terms) -> Place:  # type: ignore[no-untyped-def]
    rows, lots = [], []
    for product_id, usual in means.items():
        mean = usual * float(dice.lognormal(0, 0.3))
        for day in range(8):
            quantiles = {f"q{p:02d}": mean * (0.5 + p / 100) for p in (5, 10, 25, 50, 75, 90, 95)}
            rows.append({"product_id": product_id, "date": MONDAY + timedelta(days=day), "mean": mean, **quantiles})
        for age in range(lives[product_id]):
            left = round(mean * float(dice.lognormal(-1.0, 0.6)))
            if left and dice.random() < 0.5 and (age >= 2 or dice.random() < 0.3):
                last_day = MONDAY + timedelta(days=age)
                lots.append(StockLot(f"{product_id}-{age}", product_id, Decimal(left), last_day))

    def working_out(draw: DrawDemand) -> WorkOut:
        def again(outlook: WarehouseOutlook) -> Sequence[tuple[Need, Supply]]:
            wanted = sorted(set(outlook.forecasts["product_id"]))
            needs = estimate_needs(
                outlook,
                terms[terms["product_id"].isin(wanted)],
                [offers[product_id] for product_id in wanted],
                order_date=MONDAY,
                delivery_date=TUESDAY,
                draw=draw,
            )
            return [(need, Supply([offers[need.product_id]], MONDAY)) for need in needs]

        return again

    outlook, again = WarehouseOutlook(name, pd.DataFrame(rows), lots, [], hour=6.0), working_out(days_apart)
    return Place(outlook, again(outlook), again, lambda: working_out(drawn_once(days_apart)))


def a_night(warehouses: int, assortment: int, seed: int) -> None:
    places = region(warehouses, assortment, seed)
    names = [one.outlook.warehouse_id for one in places]
    ways = [Way(of, to, MONDAY, 9.0, 3.0, 40.0, 0.2) for of in names for to in names if of != to]
    may = list(loads(dict(zip(names, places, strict=True)), ways))
    began = time.process_time()
    found = exchange(places, ways, Yields()).transfers
    seconds = time.process_time() - began
    print(
        f"{warehouses} warehouses, {assortment} products, {len(ways)} ways: {len({one.product_id for one in may})} "
        f"products have something that may be carried; {len(found)} transfers on {len({one.way for one in found})} "
        f"drives earn {sum(one.earns for one in found):.0f}; {seconds:.1f} s of CPU"
    )


def main() -> None:
    """Prints both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=60)
    asked.add_argument("--seeds", type=int, nargs="+", default=[5, 6, 7])
    asked.add_argument("--warehouses", type=int, default=10)
    asked.add_argument("--products", type=int, default=1000)
    given = asked.parse_args()
    for seed in given.seeds:
        share, worst, less = beside_the_best(given.cases, seed)
        print(
            f"seed {seed}, {given.cases} cases: {share:.2%} of the best of all, {worst:.0%} in the worst, {less} less"
        )
    a_night(given.warehouses, given.products, 1)


if __name__ == "__main__":
    main()
