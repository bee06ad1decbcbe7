"""A day's staffing: the cheapest roster that keeps the promise, found by turns of the linear programme and of the
queue it sums up, each around what the other found."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.coming_back import with_their_pace
from warehouse.couriers.needed import NOBODY_ORDERS, couriers_needed
from warehouse.couriers.orders import DayOrders, ready_rates
from warehouse.couriers.rostering import LateOrders, Roster, Work, cheapest_roster
from warehouse.couriers.shifts import possible_shifts
from warehouse.couriers.terms import HALF_HOUR, CourierTerms, Promise
from warehouse.couriers.through_the_day import Lateness, Staffing, lateness, one_changed
from warehouse.couriers.travel import Travel, straight_lines
from warehouse.couriers.trips import evenness, trips
from warehouse.couriers.waiting import Chain, Setting

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TURNS: Final = 6
NEEDED_TURNS: Final = 3
SLACK: Final = 0.001  # of the day's orders: what is below the promise by less counts as kept
AROUND: Final = 2  # couriers more or fewer in a half hour that a turn looks at
NEAR: Final = 0.04  # of the day's orders: what is below the promise by less is close enough to look around
FIRST_DEARER: Final = 4.0
LEAST_DEARER, MOST_DEARER = 1.25, 50.0
GAINED: Final = 0.85  # of what more couriers would each gain: together they gain less


@dataclass(frozen=True, eq=False)
class CourierDay:
    """What is known of a day: orders by half hour from midnight on, in which of them it rains, ways where they are
    known better than as straight lines, and in which hour of the clock each begins where clocks change that day."""

    orders: DayOrders
    rain: NDArray[np.bool_]
    travel: Travel | None = None
    hour: Ints | None = None


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

    It begins around the couriers needed, whatever shifts there are, and goes on around whatever comes near the
    promise."""
    chain, work = courier_chain(day, terms), possible_work(day, terms)
    needed, chain = _needed(chain, terms.promise.share)
    to_be_had = np.minimum(needed, work.employed + np.floor(work.crowd * work.reliability).astype(np.int64))
    around = _looked_around(chain, Staffing(to_be_had, np.zeros_like(needed), work.reliability))
    care, found, near = _Care(), list[_Judged](), False
    for _ in range(TURNS):
        if near:
            around = _looked_around(chain, found[-1].staffing)
        tried = _judged(chain, cheapest_roster(_limits(around, care, terms.promise), work), work, terms)
        chain = tried.chain
        found.append(tried)
        near = tried.lateness.share > terms.promise.share - NEAR
        care = care.after(around, tried, terms.promise, near=near)
    best = min(found, key=lambda one: one.rank)
    return StaffingPlan(needed, best.roster, best.staffing, best.lateness)


def _needed(chain: Chain, share: float) -> tuple[Ints, Chain]:
    """Couriers needed, and the chain in which they come back as these do: at first as plenty would."""
    needed = np.full(chain.setting.half_hours, chain.setting.most)
    for _ in range(NEEDED_TURNS):
        chain = with_their_pace(chain, Staffing(needed, np.zeros_like(needed)), 2)
        needed = couriers_needed(chain, share, needed)
    return needed, chain


@dataclass(frozen=True)
class _Judged:
    """A roster with what it lets come too late; of two the one with the lower rank is better."""

    roster: Roster
    staffing: Staffing
    chain: Chain
    lateness: Lateness
    rank: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class _Around:
    """Late orders with a staffing, and with a few more or fewer couriers in one half hour, the crowd as likely to turn
    up: `numbers` expected (half hours x several), late orders of the `day` beside the staffing's, the half hour's
    `own`."""

    lateness: Lateness
    numbers: Floats
    day: Floats
    own: Floats

    @property
    def expected(self) -> Floats:
        """The staffing's own numbers."""
        return self.numbers[:, AROUND]

    def at(self, expected: Floats, curve: Floats) -> Floats:
        """A curve's values (half hours) where so many are expected."""
        rows = zip(expected, self.numbers, curve, strict=True)
        return np.array([np.interp(number, numbers, values) for number, numbers, values in rows])


@dataclass(frozen=True, eq=False)
class _Care:
    """How much more is late than one changed half hour after the other says: what fewer couriers lose counts `dearer`
    times, and each of them loses `of_each` beside (where a promise is long nobody misses one for half an hour, and all
    miss one who is away for hours); so many orders are kept back of what may be late of the day, and of each half
    hour."""

    dearer: float = FIRST_DEARER
    of_each: float = 0.0
    of_day: float = 0.0
    of_half_hour: Floats = field(default_factory=lambda: np.zeros(1))

    def after(self, around: _Around, tried: _Judged, promise: Promise, *, near: bool) -> "_Care":
        """What a roster teaches that was tried: halfway, by factors, from how dear losses were taken to how dear they
        came; half hours are taken with what came on top only until the next look around."""
        expected, late = tried.staffing.expected, tried.lateness
        day = around.at(expected, around.day)
        lost, gained = float(day[day > 0].sum()), GAINED * float(day[day < 0].sum())
        more = float(late.own.sum() - around.lateness.own.sum())
        came = np.clip((more - gained) / max(lost, SLACK), 1.0, MOST_DEARER)
        dearer = float(np.sqrt(self.dearer * came))
        if not near:
            beyond = late.own > (1 - promise.least_share) * late.ready
            unforeseen = np.maximum(late.own - around.at(expected, around.own), 0.0)
            fewer = float(np.maximum(around.expected - expected, 0.0).sum())
            of_each = max(more - gained - MOST_DEARER * lost, 0.0) / max(fewer, 1.0)
            return _Care(dearer, self.of_each + of_each, self.of_day, np.where(beyond, unforeseen, 0.0))
        missed = float(late.own.sum()) - _may_be_late(late, promise)
        of_day = self.of_day + missed if missed > 0 else self.of_day / 2
        return _Care(max(dearer, LEAST_DEARER), self.of_each, of_day)


def _looked_around(chain: Chain, staffing: Staffing) -> _Around:
    found, changed = one_changed(chain, staffing, AROUND)
    apart = np.arange(-AROUND, AROUND + 1)
    day, own = [], []
    for half_hour, numbers in enumerate(changed.numbers):
        there, chance = (np.array(column) for column in zip(*staffing.there(half_hour), strict=True))
        rows = np.maximum(there[:, None] + apart - numbers[0], 0)
        day.append(chance @ changed.day[half_hour][rows])
        own.append(chance @ changed.own[half_hour][rows])
    numbers_expected = np.maximum(staffing.expected[:, None] + apart, 0.0)
    return _Around(found, numbers_expected, np.stack(day), np.stack(own))


def _judged(chain: Chain, roster: Roster, work: Work, terms: CourierTerms) -> _Judged:
    """`chain` as of a staffing like it: then its rates are near."""
    staffing = Staffing(roster.employed, roster.asked, work.reliability, roster.rested, work.late_back)
    chain = with_their_pace(chain, staffing, 2)
    found = lateness(chain, staffing)
    return _Judged(roster, staffing, chain, found, (*_beyond(found, terms), roster.cost))


def _limits(around: _Around, care: _Care, promise: Promise) -> LateOrders:
    """What a few more or fewer couriers would let come too late, by half hour, and what may."""
    now, day = around.lateness, around.day
    fewer = np.maximum(around.expected[:, None] - around.numbers, 0.0)
    return LateOrders(
        around.numbers,
        np.where(day > 0, care.dearer * day, GAINED * day) + care.of_each * fewer,
        around.own,
        _may_be_late(now, promise) - float(now.own.sum()) - care.of_day,
        np.maximum((1 - promise.least_share) * now.ready - care.of_half_hour, 0.0) + 1e-6,
    )


def _may_be_late(found: Lateness, promise: Promise) -> float:
    """Orders of the day, with half of the slack."""
    return (1 - promise.share + SLACK / 2) * float(found.ready.sum())


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
    travel = _travel(day, terms)
    dry = trips(travel, delivery)
    wet = trips(travel.slower(delivery.rain_slower), delivery) if day.rain.any() else dry
    within = int(terms.promise.minutes - delivery.preparation_minutes)
    ready = ready_rates(day.orders, delivery.preparation_minutes)
    busiest = float(ready.rate.max()) * float(max(dry.minutes[0], wet.minutes[0]))
    most = int(np.ceil(busiest + 2 * np.sqrt(busiest))) + 2
    return Chain(Setting(ready, [wet if rains else dry for rains in day.rain], within, most, evenness(dry, within)))


def late_back(day: CourierDay, terms: CourierTerms) -> float:
    """The chance that who rests is not back in the half hour after: at the rest's beginning everybody is away, for the
    rest of a trip."""
    drawn = trips(_travel(day, terms), terms.delivery).drawn[0]
    return min(float((drawn**2).mean() / (2 * drawn.mean())) / HALF_HOUR, 1.0)


def _travel(day: CourierDay, terms: CourierTerms) -> Travel:
    delivery = terms.delivery
    return day.travel or straight_lines(delivery.radius_km, delivery.detour, delivery.speed_kmh)


def possible_work(day: CourierDay, terms: CourierTerms) -> Work:
    """Shifts and crowd that can be had on a day."""
    employed, crowd = terms.employed, terms.crowd
    busy = np.flatnonzero(day.orders.mean > NOBODY_ORDERS)
    half_hours, shortest = len(day.orders.mean), round(2 * employed.shortest_hours)
    first, end = (int(busy[0]), int(busy[-1]) + 1) if len(busy) else (0, half_hours)
    end = min(max(end + 1, first + shortest), half_hours)  # orders of fewer hours take the shortest shift too
    shifts = possible_shifts(employed, min(first, max(end - shortest, 0)), end)
    hour = np.arange(half_hours) // 2 if day.hour is None else day.hour
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
        late_back(day, terms),
    )
