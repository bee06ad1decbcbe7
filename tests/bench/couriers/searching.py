"""The best staffing of a small day, found by looking at every number of couriers in every half hour that could cost
less, each played with the same orders and customers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from tests.bench.couriers.worlds import World
from warehouse.couriers.plan import possible_work
from warehouse.couriers.rostering import Work
from warehouse.couriers.shifts import Shift

Ints = NDArray[np.int64]

FIRST_DAYS = 20  # played of every staffing; those that are far from the promise are played no longer
FAR = 0.03


def fixed_number(world: World, share: float, days: int, seed: int) -> tuple[int, float, float]:
    """The smallest number of couriers who, employed in all half hours with orders, keep the share: how many, the share
    that they keep, what they cost."""
    busy = np.flatnonzero(world.mean > 0)
    first, end = int(busy[0]), min(int(busy[-1]) + 2, len(world.mean))

    def kept(number: int) -> float:
        return world.share_in_time([Shift(first, end)] * number, [], days, seed)

    too_few, number = 0, 1
    while kept(number) < share:
        too_few, number = number, 2 * number
        if number > 400:
            raise RuntimeError(f"400 couriers do not keep {share:.1%} in {world.name}")
    while number - too_few > 1:
        halfway = (too_few + number) // 2
        too_few, number = (too_few, halfway) if kept(halfway) >= share else (halfway, number)
    return number, kept(number), number * (end - first) / 2 * world.terms.employed.cost_per_hour


def best_of_all(world: World, share: float, below: float, days: int, seed: int) -> tuple[float, list[int], int]:
    """The cost of the cheapest staffing below a cost that keeps the share where it is played, its couriers by half
    hour, and how many were played; that cost and nobody where there is none.

    Nobody is below the fewest with whom a half hour keeps the share while all others have plenty, and who does not keep
    it does not with fewer anywhere; each profile costs what the cheapest shifts and crowd do that cover it."""
    work = possible_work(world.planned_day(), world.terms)
    plenty = int(below / float(min(work.crowd_cost.min(), _cheapest_half_hour(work))) / 2)
    played, failed = 0, list[Ints]()
    fewest = [_fewest(world, share, plenty, half_hour, days, seed) for half_hour in range(len(world.mean))]
    by_cost = sorted(_affordable(work, fewest, below), key=lambda one: one[0])
    for cost, numbers in by_cost:
        if any((numbers <= less).all() for less in failed):
            continue
        played += 1
        if _keeps(world, numbers, share - FAR, FIRST_DAYS, seed) and _keeps(world, numbers, share, days, seed):
            return cost, numbers.tolist(), played
        failed.append(numbers)
    return below, [], played


def _cheapest_half_hour(work: Work) -> float:
    return min(float(cost) / (2 * shift.paid_hours) for shift, cost in zip(work.shifts, work.shift_cost, strict=True))


def _fewest(world: World, share: float, plenty: int, half_hour: int, days: int, seed: int) -> int:
    for number in range(plenty):
        numbers = np.full(len(world.mean), plenty)
        numbers[half_hour] = number
        if _keeps(world, numbers, share, days, seed):
            return number
    return plenty


def _affordable(work: Work, fewest: list[int], below: float) -> Iterator[tuple[float, Ints]]:
    """Every profile of at least so many that costs less."""
    half_hour_costs = min(_cheapest_half_hour(work), float(work.crowd_cost.min()))
    spare = int(below / half_hour_costs) - sum(fewest)
    for more in product(range(spare + 1), repeat=len(fewest)):
        if sum(more) <= spare and (cost := _covering_cost(work, np.add(fewest, more))) < below - 1e-9:
            yield cost, np.add(fewest, more)


def _covering_cost(work: Work, numbers: Ints) -> float:
    """What the cheapest shifts and crowd cost of whom so many are there; for ever where nobody can be had."""
    half_hours = len(numbers)
    works = csr_array(np.stack([shift.working(half_hours) for shift in work.shifts], axis=1))
    found = milp(
        np.concatenate([work.shift_cost, work.crowd_cost]),
        integrality=1,
        bounds=(0, np.concatenate([np.full(len(work.shifts), work.employed), work.crowd])),
        constraints=LinearConstraint(hstack([works, eye_array(half_hours)]), lb=numbers),
    )
    return float(found.fun) if found.success else float("inf")


def _keeps(world: World, numbers: Ints, share: float, days: int, seed: int) -> bool:
    shifts = [
        Shift(int(first), int(end))
        for place in range(int(numbers.max()))
        for first, end in _runs([bool(number > place) for number in numbers])
    ]
    return world.share_in_time(shifts, [], days, seed) >= share


def _runs(there: list[bool]) -> list[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(np.array([False, *there, False], dtype=np.int8)))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))
