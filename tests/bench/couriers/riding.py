"""Deliveries played event by event with simpy: orders by the second, couriers who ride, breaks, a crowd that does not
always turn up.

The slow truth beside the staffing of couriers, with which it shares terms and shifts but no formula: customers live at
points of a disc, rides are as long as their lines, times are drawn, and whoever is free takes the oldest orders that
are ready.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.random import Generator

from warehouse.couriers.shifts import Shift
from warehouse.couriers.terms import HALF_HOUR, Delivery


@dataclass(frozen=True)
class Day:
    """What is played: the number of orders placed in each half hour (drawn by the caller), how slow rides are in each,
    shifts, and how many of the crowd are asked for in each half hour, of whom `reliability` turn up. Customers live the
    denser towards the middle the more `centred` is above 1/2 (the exponent of a uniform number; 1/2 is even over the
    disc)."""

    orders: Sequence[int]
    slower: Sequence[float]
    shifts: Sequence[Shift]
    asked: Sequence[int]
    reliability: float = 1.0
    centred: float = 0.5


@dataclass
class Order:
    """An order: when it was placed, where its customer lives in km from the warehouse, when it arrived."""

    placed: float
    x: float
    y: float
    arrived: float = math.inf


@dataclass
class _Street:
    """One day while it is played."""

    env: simpy.Environment
    delivery: Delivery
    day: Day
    dice: Generator
    ready: deque[Order] = field(default_factory=deque)
    idle: deque[simpy.Event] = field(default_factory=deque)

    def kitchen(self, order: Order) -> Iterator[simpy.Event]:
        yield self.env.timeout(order.placed)
        yield self.env.timeout(self._around(self.delivery.preparation_minutes, self.delivery.preparation_spread))
        self.ready.append(order)
        if self.idle:
            self.idle.popleft().succeed()

    def courier(self, start: float, end: float, rests: float = math.inf, rest: float = 0.0) -> Iterator[simpy.Event]:
        yield self.env.timeout(start)
        while self.env.now < end:
            if self.env.now >= rests:
                yield self.env.timeout(rest)
                rests = math.inf
            elif self.ready:
                yield from self._trip()
            else:
                called = self.env.event()
                self.idle.append(called)
                yield self.env.any_of([called, self.env.timeout(min(rests, end) - self.env.now)])
                if not called.triggered:
                    self.idle.remove(called)
        if self.ready and self.idle:  # called as the shift ended: another goes
            self.idle.popleft().succeed()

    def _trip(self) -> Iterator[simpy.Event]:
        taken = [self.ready.popleft() for _ in range(min(self.delivery.batch, len(self.ready)))]
        yield self.env.timeout(self.delivery.loading_minutes)
        x = y = 0.0
        while taken:
            order = min(taken, key=lambda one: math.hypot(one.x - x, one.y - y))
            taken.remove(order)
            yield self.env.timeout(self._ride(order.x - x, order.y - y))
            yield self.env.timeout(self._around(self.delivery.handover_minutes, self.delivery.handover_spread))
            order.arrived, x, y = self.env.now, order.x, order.y
        yield self.env.timeout(self._ride(x, y))

    def _ride(self, dx: float, dy: float) -> float:
        half_hour = min(int(self.env.now // HALF_HOUR), len(self.day.slower) - 1)
        km = math.hypot(dx, dy) * self.delivery.detour
        return 60 * km / self.delivery.speed_kmh * self.day.slower[half_hour]

    def _around(self, mean: float, spread: float) -> float:
        return mean if spread == 0 else float(self.dice.gamma((mean / spread) ** 2, spread**2 / mean))


def played(delivery: Delivery, day: Day, seed: int) -> list[Order]:
    """The orders of a day with when they arrived; infinite for those that nobody took."""
    dice = np.random.default_rng(seed)
    env = simpy.Environment()
    street = _Street(env, delivery, day, dice)
    orders = _placed(delivery.radius_km, day, dice)
    for order in orders:
        env.process(street.kitchen(order))
    for shift in day.shifts:
        rest = HALF_HOUR * (shift.works_again - shift.rests)
        rests = HALF_HOUR * shift.rests if rest else math.inf
        env.process(street.courier(HALF_HOUR * shift.first, HALF_HOUR * shift.end, rests, rest))
    for first, end in _crowd(day, dice):
        env.process(street.courier(HALF_HOUR * first, HALF_HOUR * end))
    env.run()
    return orders


def _crowd(day: Day, dice: Generator) -> Iterator[tuple[int, int]]:
    """From when to when one of the crowd is there. Each place that is asked for is filled or not, half hour by half
    hour; who is there stays while the place goes on being filled."""
    for place in range(max(day.asked, default=0)):
        there = [asked > place and dice.random() < day.reliability for asked in day.asked]
        changes = np.flatnonzero(np.diff(np.array([False, *there, False], dtype=np.int8)))
        yield from zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)


def _placed(radius_km: float, day: Day, dice: Generator) -> list[Order]:
    orders = []
    for half_hour, count in enumerate(day.orders):
        for placed in np.sort(dice.uniform(0, HALF_HOUR, count)):
            far = radius_km * dice.random() ** day.centred
            angle = dice.uniform(0, 2 * math.pi)
            orders.append(Order(HALF_HOUR * half_hour + float(placed), far * math.cos(angle), far * math.sin(angle)))
    return orders


def kept(orders: Sequence[Order], promise: float) -> list[bool]:
    """Which orders arrived within the promised minutes."""
    return [order.arrived - order.placed <= promise for order in orders]
