"""A day's staffing: the cheapest roster that keeps the promise, found by turns of a linear programme and of played days
that it sums up, each around what the other found, and then move by move."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.days import LOOKED, LOOKED_SEED, TOLD_SEED, CourierDay, courier_days
from warehouse.couriers.judging import SLACK, Judge, Judged
from warehouse.couriers.needed import NOBODY_ORDERS, couriers_needed
from warehouse.couriers.one_changed import GAINED, one_changed
from warehouse.couriers.one_move import moved
from warehouse.couriers.playing import Days, Lateness, Played, lateness, played
from warehouse.couriers.reach import in_reach
from warehouse.couriers.rostering import LateOrders, Roster, Work, cheapest_roster
from warehouse.couriers.shifts import possible_shifts
from warehouse.couriers.staffing import Staffing, as_numbers
from warehouse.couriers.terms import HALF_HOUR, CourierTerms, Promise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TURNS: Final = 4
AROUND: Final = 2  # couriers more or fewer in a half hour that a turn looks at
NEAR: Final = 0.04  # of the day's orders: what is below the promise by less is close enough to look around
FIRST_DEARER: Final = 4.0
LEAST_DEARER, MOST_DEARER = 1.25, 50.0
STARTS: Final = 2  # from one alone moves may end where each is worse and two together are better
BY_CHANCE: Final = 0.02  # of the orders: by so much other days can be worse where couriers are not short
MOST_SHARE: Final = 0.999
AFTERWARDS: Final = 15  # plays


@dataclass(frozen=True, eq=False)
class StaffingPlan:
    """A day's staffing by half hour, what it costs, and what share of the orders of each half hour and of the day is
    in time with it: on days `played` by which it was not chosen."""

    needed: Ints
    roster: Roster
    staffing: Staffing
    played: Played
    lateness: Lateness


def plan_staffing(day: CourierDay, terms: CourierTerms) -> StaffingPlan:
    """The cheapest staffing that keeps the promise, or comes nearest where couriers are short. Where no number of them
    could keep it, it is planned for the shortest time that can be kept; shares are told by what is promised.

    It begins around the couriers needed, whatever shifts there are, goes on around whatever comes near the promise, and
    betters the two best of these. What is best on the days it is chosen by is a little worse on others, so it is played
    on others, and what it lacks there is asked for on top."""
    promised = terms.promise.minutes
    few = courier_days(day, terms, LOOKED, LOOKED_SEED)
    terms = replace(terms, promise=in_reach(few, terms.promise))
    few = replace(few, promise=terms.promise.minutes)
    work, part = possible_work(day, terms), _part(terms)
    judge = Judge(courier_days(day, terms), work, terms.promise)
    needed = couriers_needed(few, terms.promise.share)
    to_be_had = np.minimum(needed, work.employed + np.floor(work.crowd * work.reliability).astype(np.int64))
    around = _looked_around(judge, few, as_numbers(to_be_had), part)
    care, found, near = _Care(), list[Judged](), False
    for _ in range(TURNS):
        if near:
            around = _looked_around(judge, few, _staffing(found[-1].roster, work), part)
        tried = judge.judged(cheapest_roster(_limits(around, care, terms.promise), work))
        found.append(tried)
        near = tried.lateness.share > terms.promise.share - NEAR
        care = care.after(around, tried, terms.promise, near=near)
    starts = sorted(found, key=judge.price)[:STARTS]
    best = min((moved(judge, few, part, start) for start in starts), key=lambda one: one.rank)
    told_by = courier_days(day, terms, seed=TOLD_SEED)
    missing = terms.promise.share - lateness(told_by, _staffing(best.roster, work)).share
    if SLACK < missing < BY_CHANCE:
        stricter = replace(terms.promise, share=min(terms.promise.share + missing, MOST_SHARE))
        judge = replace(judge, promise=stricter)
        best = moved(judge, few, part, judge.judged(best.roster), AFTERWARDS)
    staffing = _staffing(best.roster, work)
    told = played(replace(told_by, promise=promised), staffing)
    return StaffingPlan(needed, best.roster, staffing, told, told.lateness)


def _part(terms: CourierTerms) -> int:
    """Half hours that are looked at together: for less than an order can wait nobody is missed."""
    return max(2, int(terms.promise.minutes - terms.delivery.preparation_minutes) // HALF_HOUR)


def _staffing(roster: Roster, work: Work) -> Staffing:
    return Staffing([shift for shift, count in roster.shifts for _ in range(count)], roster.asked, work.reliability)


@dataclass(frozen=True, eq=False)
class _Around:
    """Late orders with a staffing, and with a few more or fewer couriers in one half hour: `numbers` expected (half
    hours x several), late orders of the `day` beside the staffing's, the half hour's `own`."""

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
    times; so many orders are kept back of what may be late of the day, and of each half hour."""

    dearer: float = FIRST_DEARER
    of_day: float = 0.0
    of_half_hour: Floats = field(default_factory=lambda: np.zeros(1))

    def after(self, around: _Around, tried: Judged, promise: Promise, *, near: bool) -> "_Care":
        """What a roster teaches that was tried: halfway, by factors, from how dear losses were taken to how dear they
        came; half hours are taken with what came on top only until the next look around."""
        expected, late = tried.expected, tried.lateness
        day = around.at(expected, around.day)
        lost, gained = float(day[day > 0].sum()), GAINED * float(day[day < 0].sum())
        more = float(late.own.sum() - around.lateness.own.sum())
        came = np.clip((more - gained) / max(lost, SLACK), 1.0, MOST_DEARER)
        dearer = float(np.sqrt(self.dearer * came))
        if not near:
            beyond = late.own > (1 - promise.least_share) * late.ready
            unforeseen = np.maximum(late.own - around.at(expected, around.own), 0.0)
            return _Care(dearer, self.of_day, np.where(beyond, unforeseen, 0.0))
        missed = float(late.own.sum()) - _may_be_late(late, promise)
        of_day = self.of_day + missed if missed > 0 else self.of_day / 2
        return _Care(max(dearer, LEAST_DEARER), of_day)


def _looked_around(judge: Judge, few: Days, staffing: Staffing, part: int) -> _Around:
    changed, found = one_changed(few, staffing, part), lateness(judge.days, staffing)
    numbers = np.maximum(staffing.expected[:, None] + np.arange(-AROUND, AROUND + 1), 0.0)
    own = found.own[:, None] + _curve(changed.lost_of_own, changed.gained_of_own)
    return _Around(found, numbers, _curve(changed.lost_of_day, changed.gained_of_day), np.maximum(own, 0.0))


def _curve(lost: Floats, gained: Floats) -> Floats:
    """What two fewer to two more change, from what one fewer and one more do: differences go on in the same ratio."""
    ratio = np.clip((lost + 0.01) / (gained + 0.01), 1.0, 3.0)
    return np.stack([lost * (1 + ratio), lost, 0 * lost, -gained, -gained * (1 + 1 / ratio)], axis=1)


def _limits(around: _Around, care: _Care, promise: Promise) -> LateOrders:
    """What a few more or fewer couriers would let come too late, by half hour, and what may."""
    now, day = around.lateness, around.day
    return LateOrders(
        around.numbers,
        np.where(day > 0, care.dearer * day, GAINED * day),
        around.own,
        _may_be_late(now, promise) - float(now.own.sum()) - care.of_day,
        np.maximum((1 - promise.least_share) * now.ready - care.of_half_hour, 0.0) + 1e-6,
    )


def _may_be_late(found: Lateness, promise: Promise) -> float:
    """Orders of the day, with half of the slack."""
    return (1 - promise.share + SLACK / 2) * float(found.ready.sum())


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
    )
