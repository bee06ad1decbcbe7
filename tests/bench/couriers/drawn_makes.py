"""Worlds of fourteen makes whose figures a seed draws. What is developed on seeds 1 to 99 is judged on 100 and on, each
of these once."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.bench.couriers.worlds import World
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Employed, Promise

Floats = NDArray[np.float64]


def drawn_makes(seed: int) -> list[World]:
    """A world of each make."""
    dice = np.random.default_rng(seed)

    def some(low: float, high: float) -> float:
        return round(float(dice.uniform(low, high)), 2)

    def fast(**more: float) -> Delivery:
        return Delivery(**{"radius_km": some(1.2, 2.0), "preparation_minutes": some(3, 6), **more})  # type: ignore[arg-type]

    return [
        World("30 minutes", _day(dice, some(100, 250)), CourierTerms(Promise(30), fast()),
              centred=some(0.5, 0.8), known_ways=True),
        World("60 minutes, two a trip", _day(dice, some(100, 250)),
              CourierTerms(Promise(60), Delivery(radius_km=some(3.5, 5), batch=2, speed_kmh=some(18, 25)))),
        World("two hours", _day(dice, some(80, 200)),
              CourierTerms(Promise(120), Delivery(radius_km=some(4, 6), speed_kmh=some(18, 25)))),
        World("trips of some minutes", _day(dice, some(150, 400)),
              CourierTerms(Promise(20), Delivery(radius_km=some(0.3, 0.6), preparation_minutes=5, loading_minutes=0.5,
                                                 handover_minutes=1, handover_spread=0.5))),
        World("trips of a minute", _day(dice, some(200, 400)),
              CourierTerms(Promise(15), Delivery(radius_km=some(0.05, 0.12), preparation_minutes=5, loading_minutes=0.2,
                                                 handover_minutes=0.4, handover_spread=0.2))),
        World("long trips, 90 minutes", _day(dice, some(80, 200)),
              CourierTerms(Promise(90), Delivery(radius_km=some(8, 11), speed_kmh=some(26, 32)))),
        World("one a trip", _day(dice, some(100, 300)),
              CourierTerms(delivery=Delivery(batch=1, radius_km=some(2, 3)))),
        World("five a trip", _day(dice, some(150, 400)),
              CourierTerms(Promise(60), Delivery(batch=5, radius_km=some(2.5, 3.5)))),
        World("night", _night(dice, some(80, 200)), CourierTerms(delivery=Delivery(radius_km=some(2, 3)))),
        World("rain all day", _day(dice, some(100, 250)),
              CourierTerms(Promise(50), Delivery(rain_slower=some(1.3, 1.6), radius_km=some(2, 3)),
                           crowd=Crowd(rain_acceptance=some(0.3, 0.6))), rain=(0, 48)),
        World("a crowd that often stays away", _day(dice, some(100, 250)),
              CourierTerms(crowd=Crowd(reliability=some(0.5, 0.7), cost_per_hour=some(32, 40), pool=30),
                           delivery=Delivery(radius_km=some(2, 3)))),
        World("20 orders a day", _day(dice, some(15, 25)), CourierTerms(delivery=Delivery(radius_km=some(2, 3)))),
        World("1,000 orders a day", _day(dice, some(900, 1100)),
              CourierTerms(delivery=Delivery(radius_km=some(2, 3)), employed=Employed(at_most=120))),
        World("days that differ much", _day(dice, some(100, 250)),
              CourierTerms(delivery=Delivery(radius_km=some(2, 3), speed_kmh=some(15, 20))),
              dispersion=some(0.1, 0.2), day_dispersion=some(0.04, 0.08)),
    ]  # fmt: skip


def _day(dice: Generator, orders: float) -> Floats:
    """So many orders from some hour to another, in one to three peaks."""
    hour = np.arange(48) / 2
    opens, closes = dice.integers(6, 10), dice.integers(20, 24)
    mean = np.full(48, dice.uniform(0.5, 2.0))
    for _ in range(dice.integers(1, 4)):
        mean += dice.uniform(3, 12) * np.exp(-(((hour - dice.uniform(10, 20)) / dice.uniform(0.7, 2.5)) ** 2) / 2)
    mean = np.where((hour >= opens) & (hour < closes), mean, 0.0)
    return np.asarray(mean * orders / mean.sum())


def _night(dice: Generator, orders: float) -> Floats:
    """From the evening until late, and from midnight until early."""
    hour = np.arange(48) / 2
    mean = np.where(hour < dice.integers(3, 6), 2.0, np.where(hour >= dice.integers(18, 21), dice.uniform(3, 6), 0.0))
    mean[-1] = 0.0  # the play ends with the day
    return np.asarray(mean * orders / mean.sum())
