"""Days played: who is free takes a batch of the oldest orders that are ready, is away for a trip, and comes back.

Many days are played side by side: of each the first orders nobody took go with whoever is free first, so a day is one
trip after the other and all days' next trips one step (Kiefer and Wolfowitz, On the theory of queues with many servers,
1955: a queue is known by when each server is free). Couriers change by the half hour; a trip that has begun is
finished, and so is a rest that began late because of one. Those of the last half hour stay until all is delivered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.orders import DrawnOrders
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.trips import Trips

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Days:
    """What couriers meet: drawn orders, trips by half hour, and the minutes promised; `seed` draws who of the crowd
    turns up."""

    orders: DrawnOrders
    trips: list[Trips]
    promise: float
    seed: int = 0

    @property
    def count(self) -> int:
        return len(self.orders.placed)

    @property
    def half_hours(self) -> int:
        return self.orders.half_hours


@dataclass(frozen=True, eq=False)
class Lateness:
    """Orders expected to be late, of those ready in each half hour (`own`), beside all that become ready (`ready`)."""

    own: Floats
    ready: Floats

    @property
    def share(self) -> float:
        """The share of the day's orders within the promise."""
        return min(max(1 - float(self.own.sum()) / max(float(self.ready.sum()), 1e-9), 0.0), 1.0)

    @property
    def shares(self) -> Floats:
        """The share by half hour; 1 where nobody orders."""
        return np.clip(1 - self.own / np.maximum(self.ready, 1e-9), 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Taken:
    """Trips that begin in one step, each of another row: `row`, the `order`s it could take and when they are handed
    `over` (trips x batch; infinite for those it does not take)."""

    row: Ints
    order: Ints
    over: Floats


class Street:
    """Couriers of several days (`day` of each row) while they are played: since when each is or from when each will be
    `free` (rows x couriers), and how many orders are `taken`."""

    def __init__(self, days: Days, day: Ints, free: Floats, taken: Ints) -> None:
        self.days, self.day, self.free, self.taken = days, day, free, taken

    def half_hour(self, number: int, there: Bools, before: Bools, rests: Floats) -> Iterator[Taken]:
        """Plays a half hour with who is `there` in it and was in the one `before` (rows x couriers); `rests`: minutes
        for which each goes to rest at its beginning."""
        start = float(HALF_HOUR * number)
        end = start + HALF_HOUR if number < self.days.half_hours - 1 else np.inf
        if rests.any():
            self.free = np.where(rests > 0, np.maximum(self.free, start) + rests, self.free)
        here = np.flatnonzero(there.any(axis=0))
        if not len(here):
            return
        now = there[:, here]
        free = np.where(now & ~before[:, here], np.maximum(self.free[:, here], start), self.free[:, here])
        self.free[:, here] = free
        free = np.where(now, free, np.inf)
        yield from self._trips(self.days.trips[number], start, end, here, free)

    def _trips(self, trips: Trips, start: float, end: float, here: Ints, free: Floats) -> Iterator[Taken]:
        orders, batch = self.days.orders, np.arange(trips.over.shape[-1])
        row, at = np.arange(len(self.day)), np.arange(len(self.day))
        while len(row):
            courier = free.argmin(axis=1)
            first, day = self.taken[row], self.day[row]
            leaves = np.maximum(np.maximum(free[at, courier], orders.ready[day, first]), start)
            goes = leaves < end
            if not goes.all():
                row, free, courier, leaves = row[goes], free[goes], courier[goes], leaves[goes]
                first, day, at = first[goes], day[goes], at[: len(row)]
                if not len(row):
                    return
            order = first[:, None] + batch
            count = (orders.ready[day[:, None], order] <= leaves[:, None]).sum(axis=1)
            trip = orders.trip[day, first]
            back = leaves + trips.away[count - 1, trip]
            free[at, courier] = back
            self.free[row, here[courier]] = back
            self.taken[row] = first + count
            yield Taken(row, order, leaves[:, None] + trips.over[count - 1, trip])


def empty_street(days: Days, day: Ints, couriers: int) -> Street:
    """Nobody is away, and nothing taken."""
    return Street(days, day, np.zeros((len(day), couriers)), np.zeros(len(day), np.int64))


@dataclass(frozen=True, eq=False)
class Played:
    """Days as a staffing delivers them: who is `there` (half hours x days x couriers), when each order is handed `over`
    (days x orders; infinite for those that nobody takes), and from when on each courier was free (days x couriers) and
    how many orders were taken (days) as each half hour began."""

    days: Days
    there: Bools
    rests: Floats
    over: Floats
    began: list[tuple[Floats, Ints]]

    @property
    def minutes(self) -> Floats:
        """How long after it was placed each order arrives."""
        return self.over - np.where(np.isfinite(self.days.orders.placed), self.days.orders.placed, 0.0)

    @property
    def late(self) -> Bools:
        return (self.minutes > self.days.promise) & np.isfinite(self.days.orders.placed)

    @property
    def lateness(self) -> Lateness:
        """What comes too late."""
        placed = np.isfinite(self.days.orders.placed)
        return Lateness(self.days.orders.by_half_hour(self.late), self.days.orders.by_half_hour(placed))


def played(days: Days, staffing: Staffing, beside: Played | None = None) -> Played:
    """The days with a staffing; with what differs from one that was played and has the same couriers in the same order,
    some at other times."""
    there, rests = staffing.there(days.count, days.seed), staffing.rests()
    first, over, began = 0, np.full(days.orders.placed.shape, np.inf), list[tuple[Floats, Ints]]()
    street = empty_street(days, np.arange(days.count), there.shape[2])
    if beside is not None:
        first = _first_apart(there, rests, beside)
        began = beside.began[:first]
        if first == days.half_hours:
            return beside
        free, taken = beside.began[first]
        both = min(free.shape[1], there.shape[2])
        street.free[:, :both] = free[:, :both]
        street.taken = taken.copy()
        over = np.where(np.arange(days.orders.placed.shape[1]) < taken[:, None], beside.over, np.inf)
    before = there[first - 1] if first else np.zeros_like(there[0])
    for number in range(first, days.half_hours):
        began.append((street.free.copy(), street.taken.copy()))
        for trips in street.half_hour(number, there[number], before, rests[number]):
            # what a trip does not take another will
            over[trips.row[:, None], trips.order] = trips.over
        before = there[number]
    return Played(days, there, rests, over, began)


def _first_apart(there: Bools, rests: Floats, beside: Played) -> int:
    """From which half hour on couriers differ; as many as there are where they do not."""
    both = min(there.shape[2], beside.there.shape[2])
    apart = (there[..., :both] != beside.there[..., :both]).any(axis=(1, 2))
    apart |= (rests[:, :both] != beside.rests[:, :both]).any(axis=1)
    for one in (there, beside.there):
        apart |= one[..., both:].any(axis=(1, 2))
    return int(apart.argmax()) if apart.any() else len(there)


def lateness(days: Days, staffing: Staffing) -> Lateness:
    """What a staffing lets come too late."""
    return played(days, staffing).lateness
