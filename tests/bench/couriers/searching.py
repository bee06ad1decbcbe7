"""The best staffing of a small day, found by looking at every number of couriers in every half hour, each played."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.bench.couriers.worlds import World
from warehouse.couriers.plan import possible_work
from warehouse.couriers.rostering import covering_roster
from warehouse.couriers.shifts import Shift

FIRST_DAYS = 20  # played of every staffing; those that are far from the promise are played no longer
FAR = 0.03


def fixed_number(world: World, share: float, days: int, seed: int) -> tuple[int, float, float]:
    """The smallest number of couriers who, employed in all half hours with orders, keep the share: how many, the share
    that they keep, what they cost."""
    busy = np.flatnonzero(world.mean > 0)
    first, end = int(busy[0]), min(int(busy[-1]) + 2, len(world.mean))
    for number in range(1, 200):
        kept = world.share_in_time([Shift(first, end)] * number, [], days, seed)
        if kept >= share:
            return number, kept, number * (end - first) / 2 * world.terms.employed.cost_per_hour
    raise RuntimeError(f"200 couriers do not keep {share:.1%} in {world.name}")


def best_of_all(world: World, share: float, most: int, days: int, seed: int) -> tuple[float, list[int], int]:
    """The cost of the cheapest staffing that keeps the share where it is played, its couriers by half hour, and its
    place among all by cost. Every number from 1 to `most` in every half hour; each profile at the cost of the cheapest
    shifts and crowd that fill it."""
    work = possible_work(world.planned_day(), world.terms)
    profiles = [np.array(numbers) for numbers in product(range(1, most + 1), repeat=len(world.mean))]
    by_cost = sorted((covering_roster(needed, work).cost, needed.tolist()) for needed in profiles)
    failed: list[np.ndarray] = []
    for count, (cost, numbers) in enumerate(by_cost):
        if any((np.array(numbers) <= less).all() for less in failed):
            continue
        if _keeps(world, numbers, share - FAR, FIRST_DAYS, seed) and _keeps(world, numbers, share, days, seed):
            return cost, numbers, count + 1
        failed.append(np.array(numbers))
    raise RuntimeError(f"no staffing with up to {most} couriers keeps {share:.1%} in {world.name}")


def _keeps(world: World, numbers: list[int], share: float, days: int, seed: int) -> bool:
    shifts = [
        Shift(int(first), int(end))
        for place in range(max(numbers))
        for first, end in _runs([number > place for number in numbers])
    ]
    return world.share_in_time(shifts, [], days, seed) >= share


def _runs(there: list[bool]) -> list[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(np.array([False, *there, False], dtype=np.int8)))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))
