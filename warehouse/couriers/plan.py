"""A day's staffing: the cheapest roster that keeps the promise, found by turns of the integer programme and of the
queue it sums up, each around what the other found."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.needed import NOBODY_ORDERS, couriers_needed
from warehouse.couriers.orders import DayOrders, ready_rates
from warehouse.couriers.rostering import LateOrders, Roster, Work, cheapest_roster, covering_roster
from warehouse.couriers.shifts import possible_shifts
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.through_the_day import Lateness, OneChanged, Staffing, lateness, one_changed
from warehouse.couriers.travel import Travel, straight_lines
from warehouse.couriers.trips import evenness, trips
from warehouse.couriers.waiting import Chain, Setting

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HALVINGS: Final = 3
TURNS: Final = 3
FIRST_DEARER: Final = 6.0
SLACK: Final = 0.001  # of the day's orders: what is below the promise by less counts as kept
AROUND: Final = 2  # couriers more or fewer in a half hour that a turn looks at


@dataclass(frozen=True, eq=False)
class CourierDay:
    """What is known of a day: orders by half hour from midnight on, in which of them it rains, and ways where they are
    known better than as straight lines."""

    orders: DayOrders
    rain: NDArray[np.bool_]
    travel: Travel | None = None


@dataclass(frozen=True, eq=False)
class StaffingPlan:
    """A day's staffing by half hour, what it costs, and what share of the orders of each half hour and of the day is
    in time with it."""

    needed: Ints
    roster: Roster
    staffing: Staffing
    lateness: Lateness


def plan_staffing(day: CourierDay, terms: CourierTerms) -> StaffingPlan:
    """The cheapest staffing that keeps the promise, or comes nearest where couriers are short.

    It begins with whom the needed couriers are covered by. Several changes at once let more be late than each alone
    would, so what they lose counts `dearer` times, more after a turn that promised too much."""
    chain, work = courier_chain(day, terms), possible_work(day, terms)
    needed = couriers_needed(chain, terms.promise.share)
    best = _covered(chain, needed, work, terms)
    around, dearer = one_changed(chain, best.staffing, AROUND)[1], FIRST_DEARER
    for _ in range(TURNS):
        tried = _judged(chain, cheapest_roster(_limits(best.lateness, around, terms, dearer), work), work, terms)
        if tried.rank < best.rank:
            best = tried
            around = one_changed(chain, best.staffing, AROUND)[1]
        else:
            dearer *= 2
    return StaffingPlan(needed, best.roster, best.staffing, best.lateness)


@dataclass(frozen=True)
class _Judged:
    """A roster with what it lets come too late; of two the one with the lower rank is better."""

    roster: Roster
    staffing: Staffing
    lateness: Lateness
    rank: tuple[float, float, float]


def _covered(chain: Chain, needed: Ints, work: Work, terms: CourierTerms) -> _Judged:
    """Whole shifts cover more than is needed, so the needs of a lower share may keep the day's."""
    best = _judged(chain, covering_roster(needed, work), work, terms)
    low, high = terms.promise.least_share, terms.promise.share
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        tried = _judged(chain, covering_roster(couriers_needed(chain, middle, needed), work), work, terms)
        low, high = (low, middle) if tried.rank < best.rank else (middle, high)
        best = min(best, tried, key=lambda one: one.rank)
    return best


def _judged(chain: Chain, roster: Roster, work: Work, terms: CourierTerms) -> _Judged:
    staffing = Staffing(roster.employed, roster.asked, work.reliability)
    found = lateness(chain, staffing)
    return _Judged(roster, staffing, found, (*_beyond(found, terms), roster.cost))


def _limits(now: Lateness, around: OneChanged, terms: CourierTerms, dearer: float) -> LateOrders:
    """What a few more or fewer couriers would let come too late, by half hour, and what may."""
    return LateOrders(
        around.numbers,
        [np.where(day > 0, dearer * day, day) for day in around.day],
        around.own,
        (1 - terms.promise.share) * float(now.ready.sum()) - float(now.own.sum()),
        (1 - terms.promise.least_share) * now.ready + 1e-6,
    )


def _beyond(found: Lateness, terms: CourierTerms) -> tuple[float, float]:
    """Late orders beyond what may be late: of the day in thousandths of its orders, of half hours in tenths of an
    order; less than one counts for nothing."""
    ready, promise = found.ready, terms.promise
    day = float(found.own.sum()) / max(float(ready.sum()), 1e-9) - (1 - promise.share)
    half_hours = float(np.maximum(found.own - (1 - promise.least_share) * ready, 0.0).sum())
    return float(np.floor(max(day / SLACK, 0.0))), float(np.floor(10 * half_hours))


def courier_chain(day: CourierDay, terms: CourierTerms) -> Chain:
    """The queue of a day's orders."""
    delivery = terms.delivery
    travel = day.travel or straight_lines(delivery.radius_km, delivery.detour, delivery.speed_kmh)
    dry = trips(travel, delivery)
    wet = trips(travel.slower(delivery.rain_slower), delivery) if day.rain.any() else dry
    within = int(terms.promise.minutes - delivery.preparation_minutes)
    ready = ready_rates(day.orders, delivery.preparation_minutes)
    busiest = float(ready.rate.max()) * float(max(dry.minutes[0], wet.minutes[0]))
    most = int(np.ceil(busiest + 2 * np.sqrt(busiest))) + 2
    return Chain(Setting(ready, [wet if rains else dry for rains in day.rain], within, most, evenness(dry, within)))


def possible_work(day: CourierDay, terms: CourierTerms) -> Work:
    """Shifts and crowd that can be had on a day."""
    employed, crowd = terms.employed, terms.crowd
    busy = np.flatnonzero(day.orders.mean > NOBODY_ORDERS)
    half_hours, shortest = len(day.orders.mean), round(2 * employed.shortest_hours)
    first, end = (int(busy[0]), int(busy[-1]) + 1) if len(busy) else (0, half_hours)
    end = min(max(end + 1, first + shortest), half_hours)  # orders of fewer hours take the shortest shift too
    shifts = possible_shifts(employed, min(first, max(end - shortest, 0)), end)
    hour = np.arange(len(day.rain)) // 2
    cost = np.full(len(hour), crowd.cost_per_hour / 2)
    cost = cost * np.where(np.isin(hour, crowd.dear_hours), crowd.dear_factor, 1.0)
    cost = cost * np.where(day.rain, crowd.rain_factor, 1.0)
    accept = crowd.acceptance * np.where(day.rain, crowd.rain_acceptance, 1.0)
    return Work(
        shifts,
        np.array([shift.paid_hours * employed.cost_per_hour for shift in shifts]),
        employed.at_most,
        np.floor(crowd.pool * accept + 1e-9).astype(np.int64),
        cost,
        crowd.reliability,
    )
