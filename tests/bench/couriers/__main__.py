"""Couriers: the share in time with a planned staffing where it is played event by event, and what it costs beside the
best of all staffings on small days and beside the same number all day. Run by `make bench-couriers`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.couriers.alarms import looked_at
from tests.bench.couriers.drawn_makes import drawn_makes
from tests.bench.couriers.sample_region import region_days
from tests.bench.couriers.searching import best_of_all, fixed_number
from tests.bench.couriers.worlds import World, as_played, other_makes
from warehouse.couriers.plan import plan_staffing
from warehouse.couriers.terms import CourierTerms, Crowd, Employed, Promise


def made_worlds(worlds: Sequence[World], days: int, seeds: Sequence[int]) -> None:
    """Each world: the share planned and played, its cost, and that of the same number all day."""
    print("world | promised | planned | played, by seed | cost | same number all day | CPU s")
    for world in worlds:
        begun = time.process_time()
        plan = plan_staffing(world.planned_day(), world.terms)
        spent = time.process_time() - begun
        count = max(10, round(days * min(1.0, 200 / world.mean.sum())))  # of busy worlds fewer tell as much
        shares = [world.share_in_time(*as_played(plan), count, seed) for seed in seeds]
        played = float(np.mean(shares))
        fixed = fixed_number(world, min(played, world.terms.promise.share), count, seeds[0])
        print(
            f"{world.name} | {world.terms.promise.share:.1%} | {plan.lateness.share:.1%} | {played:.1%} "
            f"({' '.join(f'{share:.1%}' for share in shares)}) | {plan.roster.cost:.0f} | "
            f"{fixed[0]}: {fixed[2]:.0f} at {fixed[1]:.1%}, {plan.roster.cost / fixed[2] - 1:+.0%} | {spent:.1f}",
            flush=True,
        )


def sample_region(until: date, warehouses: int, days: int, played: int) -> None:
    """The last days of the sample region, over all warehouses and days."""
    in_time = orders = planned = cost = fixed = 0.0
    with TemporaryDirectory() as folder:
        for world in region_days(Path(folder), until, warehouses, days):
            plan = plan_staffing(world.planned_day(), world.terms)
            share = world.share_in_time(*as_played(plan), played, 1)
            same = fixed_number(world, min(share, world.terms.promise.share), played, 1)
            count = sum(world.came)
            in_time, orders = in_time + share * count, orders + count
            planned, cost, fixed = planned + plan.lateness.share * count, cost + plan.roster.cost, fixed + same[2]
            print(
                f"{world.name}: {count} orders, {world.mean.sum():.0f} forecast, planned {plan.lateness.share:.1%}, "
                f"played {share:.1%}, cost {plan.roster.cost:.0f}; the same {same[0]} all day {same[2]:.0f}",
                flush=True,
            )
    print(
        f"sample region: planned {planned / orders:.1%}, played {in_time / orders:.1%} of {orders:.0f} orders; "
        f"cost {cost:.0f}, the same number all day {fixed:.0f} ({cost / fixed - 1:+.0%})"
    )


def small_days(seeds: Sequence[int], days: int) -> None:
    """Days of two and a half hours, each of another shape, with shifts of an hour and more, beside the best of all
    staffings, with everyone's orders and customers the same."""
    terms = CourierTerms(
        Promise(least_share=0.5),
        employed=Employed(1.0, 2.0, 99.0, cost_per_hour=30),
        crowd=Crowd(pool=3, acceptance=1.0, reliability=1.0, cost_per_hour=45),
    )
    shapes = {"even": [3, 3, 3, 3], "rising": [1, 2, 4, 6], "a peak": [1, 6, 2, 1], "twice": [4, 1, 1, 5]}
    ours_of_all = best_of_them = 0.0
    for seed, (name, shape) in product(seeds, shapes.items()):
        mean = np.array([*(np.random.default_rng(seed).uniform(0.7, 1.3, 4) * shape).round(1), 0.0])
        world = World(name, mean, terms, dispersion=0.02, day_dispersion=0.0)
        plan = plan_staffing(world.planned_day(), terms)
        played = world.share_in_time(*as_played(plan), days, seed)
        best, numbers, tried = best_of_all(world, min(played, terms.promise.share), plan.roster.cost, days, seed)
        ours_of_all, best_of_them = ours_of_all + plan.roster.cost, best_of_them + best
        print(
            f"{world.name} {mean.tolist()}: planned {plan.lateness.share:.1%}, played {played:.1%}, "
            f"{plan.staffing.expected.tolist()} for {plan.roster.cost:.1f}; best of {tried} played {numbers} for "
            f"{best:.1f}, {plan.roster.cost / best - 1:+.1%}",
            flush=True,
        )
    print(f"small days: {ours_of_all:.1f} beside {best_of_them:.1f}, {ours_of_all / best_of_them - 1:+.1%}")


def alarms(days: int) -> None:
    """How often the look ahead calls on days as they were foretold, and where half as many orders more come at once."""
    for world in (other_makes()[0], other_makes()[3]):
        for surge in (1.0, 1.5):
            found = looked_at(world, days, 2, surge)
            print(
                f"{world.name}, {surge:g} times the orders from 17:00: {found.days} days, {found.episodes} episodes, "
                f"{found.right} of them right (expected {found.expected / max(found.episodes, 1):.1%}, met "
                f"{found.met / max(found.episodes, 1):.1%}); of {found.short} half hours before short hours "
                f"{found.seen} were told",
                flush=True,
            )


def main() -> None:
    """All of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=["worlds", "drawn", "region", "small", "alarms"])
    parser.add_argument("--warehouses", type=int, default=10)
    parser.add_argument("--region-days", type=int, default=2)
    parser.add_argument("--days", type=int, default=40, help="played of each world and seed")
    parser.add_argument("--drawn", type=int, nargs="+", default=[1], help="seeds of worlds that are drawn")
    parser.add_argument("--small", type=int, nargs="+", default=[5, 6], help="seeds of the small days")
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 11, 27))
    asked = parser.parse_args()
    if "worlds" in asked.parts:
        made_worlds(other_makes(), asked.days, (1, 2, 3))
    if "drawn" in asked.parts:
        for seed in asked.drawn:
            made_worlds(drawn_makes(seed), asked.days, (71, 72))
    if "region" in asked.parts:
        sample_region(asked.until, asked.warehouses, asked.region_days, 5)
    if "small" in asked.parts:
        small_days(asked.small, 200)
    if "alarms" in asked.parts:
        alarms(asked.days // 4)


if __name__ == "__main__":
    main()
