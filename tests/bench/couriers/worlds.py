"""Days of several makes to plan couriers for and to play: shapes of demand, distances, promises, rain, a surge."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.bench.couriers.riding import Day, kept, played
from warehouse.couriers.days import CourierDay
from warehouse.couriers.orders import DayOrders
from warehouse.couriers.plan import StaffingPlan
from warehouse.couriers.shifts import Shift
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Promise
from warehouse.couriers.travel import Travel

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class World:
    """A day that is planned with `terms` and played in `streets`; `known_ways`: with a matrix of minutes in place of
    straight lines."""

    name: str
    mean: Floats
    terms: CourierTerms = field(default_factory=CourierTerms)
    dispersion: float = 0.03
    day_dispersion: float = 0.015
    centred: float = 0.5
    rain: tuple[int, int] = (0, 0)
    known_ways: bool = False

    def planned_day(self) -> CourierDay:
        """What the staffing is told."""
        rain = np.zeros(len(self.mean), dtype=bool)
        rain[slice(*self.rain)] = True
        orders = DayOrders(self.mean, np.full(len(self.mean), self.dispersion), self.day_dispersion)
        return CourierDay(orders, rain, self._ways() if self.known_ways else None)

    def _ways(self) -> Travel:
        """Minutes between places at which customers were met, as a map service would tell them."""
        dice, delivery = np.random.default_rng(99), self.terms.delivery
        far = delivery.radius_km * dice.random(300) ** self.centred
        at = np.concatenate([[0j], far * np.exp(2j * np.pi * dice.random(300))])
        minutes = np.abs(at[:, None] - at[None, :]) * delivery.detour * 60 / delivery.speed_kmh
        return Travel(minutes, np.concatenate([[0.0], np.full(300, 1 / 300)]))

    def drawn(self, dice: Generator) -> list[int]:
        """A day's orders."""
        common = _gamma(self.day_dispersion, dice)
        own = (1 + self.dispersion) / (1 + self.day_dispersion) - 1
        return [int(dice.poisson(mean * common * _gamma(own, dice))) for mean in self.mean]

    def share_in_time(self, shifts: list[Shift], asked: list[int], days: int, seed: int) -> float:
        """The share of the orders of so many played days that arrive within the promise."""
        slower = np.ones(len(self.mean))
        slower[slice(*self.rain)] = self.terms.delivery.rain_slower
        dice, in_time, all_of_them = np.random.default_rng(seed), 0, 0
        for day in range(days):
            drawn = Day(self.drawn(dice), slower.tolist(), shifts, asked, self.terms.crowd.reliability, self.centred)
            there = kept(played(self.terms.delivery, drawn, 1000 * seed + day), self.terms.promise.minutes)
            in_time, all_of_them = in_time + sum(there), all_of_them + len(there)
        return in_time / all_of_them


def as_played(plan: StaffingPlan) -> tuple[list[Shift], list[int]]:
    """A plan's couriers: a shift for each of the employed, and how many of the crowd are asked for by half hour."""
    return [shift for shift, count in plan.roster.shifts for _ in range(count)], plan.roster.asked.tolist()


def _gamma(dispersion: float, dice: Generator) -> float:
    return float(dice.gamma(1 / dispersion, dispersion)) if dispersion > 1e-9 else 1.0


def other_makes() -> list[World]:
    """Worlds that are not the sample region's."""
    hour = np.arange(48) / 2
    lunch = _bumps(hour, 1.0, (12.0, 1.0, 14.0), (18.5, 1.3, 18.0))
    evening = _bumps(hour, 3.0, (19.0, 2.5, 9.0))
    even = np.where((hour >= 8) & (hour < 22), 8.0, 0.0)
    surge = _bumps(hour, 2.0, (9.5, 1.5, 8.0), (18.0, 0.7, 30.0))
    return [
        World("offices: lunch and supper, 2.5 km", lunch, CourierTerms(delivery=Delivery(radius_km=2.5, speed_kmh=20))),
        World(
            "suburb: 5 km, two a trip, 60 minutes",
            evening,
            CourierTerms(Promise(60), Delivery(radius_km=5, batch=2, speed_kmh=22)),
            dispersion=0.06,
            day_dispersion=0.03,
        ),
        World(
            "centre: most live near, 30 minutes, a matrix of ways",
            even,
            CourierTerms(Promise(30), Delivery(preparation_minutes=5, radius_km=2, batch=2)),
            centred=0.9,
            known_ways=True,
        ),
        World("rain from 16:00 to 20:00", 1.3 * lunch, rain=(32, 40)),
        World("a surge at 18:00, no crowd", surge, CourierTerms(crowd=Crowd(pool=0)), dispersion=0.08),
    ]


def _bumps(hour: Floats, low: float, *bumps: tuple[float, float, float]) -> Floats:
    mean = low + sum(height * np.exp(-(((hour - at) / wide) ** 2) / 2) for at, wide, height in bumps)
    return np.where((hour >= 7) & (hour < 23), mean, 0.0)
