"""Farms chosen together, beside a buyer who takes the best offer of each need, in a made region.

The greedy buyer goes through the needs, the largest first, and takes of each the offer that earns most with what its
capacity still holds, and the rest from the next best one. A farm whose order does not reach its least value does not
deliver; these needs choose again among the other farms. Told are CPU and wall seconds, the certified gap and the money.
Run by `make bench-allocation`.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from tests.bench.allocation_region import region
from warehouse.purchasing.allocation.allocate import allocate
from warehouse.purchasing.allocation.problem import Option, Problem, delivery_of, result_of
from warehouse.purchasing.allocation.terms import Delivery
from warehouse.purchasing.quantity import smallest_order

MOST_OFFERS = 4  # that the greedy buyer splits a need over


def greedy(problem: Problem) -> list[int]:
    """Packs by option; orders below their least value are given up, the smallest first, until all reach it."""
    refused: set[Delivery] = set()
    while True:
        packs = _best_of_each(problem, refused)
        below = _below_least_value(problem, packs)
        if not below:
            return packs
        refused |= below


def _best_of_each(problem: Problem, refused: set[Delivery]) -> list[int]:
    of_need: dict[int, list[int]] = defaultdict(list)
    for number, option in enumerate(problem.options):
        if delivery_of(problem, option) not in refused:
            of_need[option.need].append(number)
    left: dict[str, Decimal] = {}
    packs = [0] * len(problem.options)
    for need in sorted(of_need, key=lambda number: -float(problem.needs[number].worth.units.mean())):
        units = 0.0
        for _ in range(MOST_OFFERS):
            free = [number for number in of_need[need] if not packs[number]]
            tried = [(*_best_packs(problem, problem.options[number], units, left), number) for number in free]
            earned, best, number = max(tried, default=(0.0, 0, -1))
            if earned <= 0:
                break
            option = problem.options[number]
            packs[number] = best
            name = option.offer.offer_id
            left[name] = left.get(name, option.offer.daily_capacity or Decimal(0)) - best * option.offer.pack_size
            units += float(best * option.offer.pack_size) * option.share_accepted
    return packs


def _best_packs(problem: Problem, option: Option, units: float, left: dict[str, Decimal]) -> tuple[float, int]:
    """What the best number of packs earns in addition to units bought already, and that number."""
    offer, worth = option.offer, problem.needs[option.need].worth
    most = min(option.most_packs, int(left.get(offer.offer_id, offer.daily_capacity or Decimal(0)) / offer.pack_size))
    if most < smallest_order(offer):
        return 0.0, 0
    packs = np.arange(smallest_order(offer), most + 1)
    usable = units + packs * float(offer.pack_size) * option.share_accepted
    gained = np.array([worth.at(float(one)) for one in usable]) - worth.at(units)
    money = [float(int(one) * offer.pack_size * offer.unit_price(int(one) * offer.pack_size)) for one in packs]
    best = int(np.argmax(gained - money))
    return float((gained - money)[best]), int(packs[best])


def _below_least_value(problem: Problem, packs: Sequence[int]) -> set[Delivery]:
    value: dict[Delivery, float] = defaultdict(float)
    for option, bought in zip(problem.options, packs, strict=True):
        quantity = bought * option.offer.pack_size
        value[delivery_of(problem, option)] += float(quantity * option.offer.unit_price(quantity))
    return {one for one, money in value.items() if 0 < money < problem.terms[one].least_value}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--farms", type=int, default=200)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--warehouses", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for warehouses in asked.warehouses:
        problem = region(asked.farms, asked.products, warehouses, asked.seed)
        alone = result_of(problem, greedy(problem))
        wall, cpu = time.perf_counter(), time.process_time()
        found = allocate(problem)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"{asked.farms} farms, {asked.products} products, {warehouses} warehouses: {len(problem.needs)} needs, "
            f"{len(problem.options)} options\n"
            f"  {wall:.1f} s, {cpu:.1f} s of CPU; gap {found.gap:.2%}; {len(found.deliveries)} deliveries\n"
            f"  earns {found.result:,.0f}, at most {found.bound:,.0f}; greedy {alone:,.0f} "
            f"({(found.result - alone) / alone:+.1%})",
            flush=True,
        )


if __name__ == "__main__":
    main()
