"""A roster made better one move at a time: a shift added, left out or put elsewhere, one of the crowd more or fewer in
a half hour.

Moves are tried in the order of what they are expected to come to, and the first that is better where days are played is
made (first improvement: Aarts and Lenstra, Local search in combinatorial optimization, 1997)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.judging import AN_ORDER, SLACK, Judge, Judged
from warehouse.couriers.one_changed import GAINED, OneChanged, one_changed
from warehouse.couriers.playing import Days
from warehouse.couriers.rostering import Work, roster_of
from warehouse.couriers.staffing import Staffing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRIED: Final = 35
LOOKED_AGAIN: Final = 15  # tried moves after which what one courier changes is looked at again
WORTH_TRYING: Final = 1.0  # hour employed that a move may cost more by what is expected
FIRST_DEARER: Final = 2.0


@dataclass(frozen=True, eq=False)
class _Moves:
    """What each move adds to how many work each shift, and to the crowd asked for by half hour (moves x ...); and what
    it adds to the couriers expected by half hour, and to the cost."""

    shifts: Ints
    asked: Ints
    number: Floats
    cost: Floats


def moved(judge: Judge, few: Days, part: int, start: Judged, most: int = TRIED) -> Judged:
    """The best roster that is found from one on in at most so many plays; what one courier changes is looked at on
    `few` days and in parts of so many half hours."""
    best, work = start, judge.work
    place = {shift: at for at, shift in enumerate(work.shifts)}
    dearer, left, since, done = FIRST_DEARER, most, LOOKED_AGAIN, set[bytes]()
    while left > 0:
        if since >= LOOKED_AGAIN:
            changed, since = one_changed(few, Staffing(best.shifts, best.roster.asked, work.reliability), part), 0
        taken = np.zeros(len(place), np.int64)
        for shift, count in best.roster.shifts:
            taken[place[shift]] = count
        moves = _moves_from(work, taken, best.roster.asked)
        scores = _expected(judge, best, moves, changed, dearer)
        better = None
        for at in np.argsort(scores, kind="stable"):
            roster = roster_of(work, taken + moves.shifts[at], best.roster.asked + moves.asked[at])
            key = repr((roster.shifts, roster.asked.tolist())).encode()
            if key in done:
                continue
            if left == 0 or scores[at] > WORTH_TRYING * judge.an_hour:
                return best
            done.add(key)
            left, since = left - 1, since + 1
            tried = judge.judged(roster, best)
            dearer = _as_it_came(dearer, moves.number[at], changed, best, tried)
            if tried.rank < best.rank:
                better = tried
                break
        if better is None:
            return best
        best = better
    return best


def _moves_from(work: Work, taken: Ints, asked: Ints) -> _Moves:
    """All that are possible."""
    shifts, half_hours = np.eye(len(taken), dtype=np.int64), np.eye(len(asked), dtype=np.int64)
    worked = np.flatnonzero(taken)
    elsewhere = (shifts[None, :, :] - shifts[worked][:, None, :]).reshape(-1, len(taken))
    of_shifts = np.concatenate([shifts, -shifts[worked], elsewhere[elsewhere.any(axis=1)]])
    works = np.stack([shift.working(len(asked)) for shift in work.shifts])
    of_shifts = of_shifts[((taken + of_shifts) @ works <= work.employed).all(axis=1)]
    of_crowd = np.concatenate([half_hours[asked < work.crowd], -half_hours[asked > 0]])
    shifts = np.concatenate([of_shifts, np.zeros((len(of_crowd), len(taken)), np.int64)])
    crowd = np.concatenate([np.zeros((len(of_shifts), len(asked)), np.int64), of_crowd])
    return _Moves(
        shifts,
        crowd,
        shifts @ works + crowd * work.reliability,
        shifts @ work.shift_cost + crowd @ (work.crowd_cost * work.reliability),
    )


def _expected(judge: Judge, best: Judged, moves: _Moves, changed: OneChanged, dearer: float) -> Floats:
    """What each move costs more, orders that it is expected to let be late beyond what may be included."""
    of_day, of_half_hours = judge.room(best.lateness)
    of_day += SLACK * float(best.lateness.ready.sum())
    fewer, more = dearer * np.maximum(-moves.number, 0), GAINED * np.maximum(moves.number, 0)
    day = fewer @ changed.lost_of_day - more @ changed.gained_of_day
    own = fewer * changed.lost_of_own - more * changed.gained_of_own
    beyond = np.maximum(day - of_day, 0) - max(-of_day, 0)
    beyond_own = np.maximum(own - of_half_hours, 0) - np.maximum(-of_half_hours, 0)
    return np.asarray(moves.cost + AN_ORDER * judge.an_hour * (beyond + beyond_own.sum(axis=1)))


def _as_it_came(dearer: float, number: Floats, changed: OneChanged, best: Judged, tried: Judged) -> float:
    """How many times what couriers lose half hour by half hour they lose together, after a move more."""
    lost = float(np.maximum(-number, 0) @ changed.lost_of_day)
    gained = GAINED * float(np.maximum(number, 0) @ changed.gained_of_day)
    if lost < 0.05:
        return dearer
    came = float(tried.lateness.own.sum() - best.lateness.own.sum()) + gained
    return float(np.clip(dearer * np.clip(came / lost / dearer, 0.5, 2.0) ** 0.3, 1.0, 6.0))
