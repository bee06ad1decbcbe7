"""A day's couriers if it rained, if more were ordered, or if some of the employed were ill: what the same shifts and
crowd would keep of the promise then, what they would cost, where they would be too few, what could be promised."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.days import LOOKED, LOOKED_SEED, TOLD_SEED, CourierDay, courier_days
from warehouse.couriers.held import promise_held
from warehouse.couriers.needed import couriers_needed
from warehouse.couriers.plan import possible_work
from warehouse.couriers.playing import Lateness, played
from warehouse.couriers.reach import in_reach
from warehouse.couriers.shifts import Shift
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import CourierTerms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Supposed:
    """What is supposed of a day: rain in half hours `rain` (first, end), and `orders` times as many orders in those of
    `surge`."""

    rain: tuple[int, int] = (0, 0)
    surge: tuple[int, int] = (0, 0)
    orders: float = 1.0


@dataclass(frozen=True, eq=False)
class Kept:
    """What a day's couriers keep: `there` expected and `needed` for the promise by half hour, what they let come too
    late, what they cost, and within how many minutes the promised share arrives (None: not within three hours)."""

    orders: Floats
    there: Floats
    needed: Ints
    lateness: Lateness
    cost: float
    held_minutes: int | None

    @property
    def short(self) -> Floats:
        """Couriers too few by half hour."""
        return np.maximum(self.needed - self.there, 0.0)


def kept(day: CourierDay, terms: CourierTerms, shifts: Sequence[Shift], asked: Ints) -> Kept:
    """What shifts, one a courier, and the crowd that is asked for keep of a day: told by the days by which a plan's
    figures are, so that a plan keeps what it says. Of the crowd no more come than say yes in its weather."""
    work, few = possible_work(day, terms), courier_days(day, terms, LOOKED, LOOKED_SEED)
    promise = in_reach(few, terms.promise)
    come = np.minimum(asked, work.crowd)
    staffing = Staffing(shifts, come, work.reliability)
    play = played(courier_days(day, terms, seed=TOLD_SEED), staffing)
    paid = sum(shift.paid_hours for shift in shifts) * terms.employed.cost_per_hour
    return Kept(
        day.orders.mean,
        staffing.expected,
        couriers_needed(replace(few, promise=promise.minutes), promise.share),
        play.lateness,
        paid + float(work.crowd_cost @ come) * work.reliability,
        promise_held(play, terms.promise),
    )


def as_supposed(day: CourierDay, supposed: Supposed) -> CourierDay:
    """The day with its rain and its orders; those are as uncertain as before."""
    half_hour = np.arange(len(day.orders.mean))
    rain = day.rain | _within(half_hour, supposed.rain)
    times = np.where(_within(half_hour, supposed.surge), supposed.orders, 1.0)
    return replace(day, rain=rain, orders=day.orders.times(times))


def without_the_ill(day: CourierDay, shifts: Sequence[Shift], ill: int) -> list[Shift]:
    """The shifts that are left: those are ill during whose shifts most is ordered, whose work is hardest to do
    without; they are not paid."""
    orders = day.orders.mean
    by_orders = sorted(shifts, key=lambda shift: (float(shift.working(len(orders)) @ orders), shift))
    return by_orders[: max(len(by_orders) - ill, 0)]


def _within(half_hour: Ints, span: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray((half_hour >= span[0]) & (half_hour < span[1]))
