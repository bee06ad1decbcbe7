"""Rosters judged by the days they are played on: what they let come too late, beside what may be late."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.playing import Days, Lateness, Played, played
from warehouse.couriers.rostering import Roster, Work
from warehouse.couriers.shifts import Shift
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import Promise

Floats = NDArray[np.float64]
SLACK: Final = 0.001  # of the day's orders: what is below the promise by less counts as kept
AN_ORDER: Final = 10.0  # hours employed that an order beyond what may be late counts, while a roster is looked for
HAIR: Final = 0.05  # orders of a half hour: so many beyond what may be late are chance
NOBODY: Final = Shift(0, 0)  # in whose place another can come
TO_COME: Final = 8  # places for them, so that others keep theirs and their play can be taken over


@dataclass(frozen=True, eq=False)
class Judged:
    """A roster as it was played, with the couriers `expected` by half hour. Of two the one with the lower `rank` is
    better: late orders beyond what may be late, of the day in thousandths of its orders, of half hours in tenths of an
    order (less than one counts for nothing), then the cost."""

    roster: Roster
    shifts: list[Shift]
    play: Played
    lateness: Lateness
    expected: Floats
    rank: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Judge:
    """Judges rosters by a promise, on the same days."""

    days: Days
    work: Work
    promise: Promise

    @cached_property
    def an_hour(self) -> float:
        """What an hour employed costs."""
        work = self.work
        return float(work.shift_cost.min()) / min(shift.paid_hours for shift in work.shifts)

    def judged(self, roster: Roster, beside: Judged | None = None) -> Judged:
        """`beside`: one that differs little, of whose play what is the same is taken over."""
        shifts = _in_place(beside.shifts if beside else [NOBODY] * TO_COME, roster)
        staffing = Staffing(shifts, roster.asked, self.work.reliability)
        play = played(self.days, staffing, None if beside is None else beside.play)
        found = play.lateness
        of_day, of_half_hours = self.room(found)
        ready = max(float(found.ready.sum()), 1e-9)
        day = np.floor(max(-of_day / ready / SLACK, 0.0))
        rank = (float(day), float(np.floor(10 * _below(of_half_hours))), roster.cost)
        return Judged(roster, shifts, play, found, staffing.expected, rank)

    def room(self, found: Lateness) -> tuple[float, Floats]:
        """How many more orders may be late: of the day, and of each half hour; below 0 too many are."""
        of_day = (1 - self.promise.share) * float(found.ready.sum()) - float(found.own.sum())
        return of_day, (1 - self.promise.least_share) * found.ready + HAIR - found.own

    def price(self, one: Judged) -> float:
        """The cost, with orders beyond what may be late."""
        of_day, of_half_hours = self.room(one.lateness)
        return one.roster.cost + AN_ORDER * self.an_hour * (max(-of_day, 0.0) + _below(of_half_hours))


def _below(rooms: Floats) -> float:
    return float(np.maximum(-rooms, 0.0).sum())


def _in_place(before: list[Shift], roster: Roster) -> list[Shift]:
    """The roster's shifts, one a courier, those that are in both where they were before."""
    come = dict(roster.shifts)
    shifts = []
    for shift in before:
        stays = come.get(shift, 0) > 0
        come[shift] = come.get(shift, 0) - stays
        shifts.append(shift if stays else NOBODY)
    for shift in (shift for shift, count in come.items() for _ in range(count)):
        if NOBODY in shifts:
            shifts[shifts.index(NOBODY)] = shift
        else:
            shifts.append(shift)
    return shifts
