"""What one courier fewer or more in one part of a day would change in what comes too late: of that part, and of the
whole day, what it leaves behind for later included.

Days with one changed part are the staffing's own up to it, so each is played from there on beside the staffing, with
the same orders, customers and crowd (common random numbers: Glasserman and Yao, Some guidelines and guarantees for
common random numbers, 1992), until some hours later nothing of it is left. A part is as many half hours as an order can
wait: nobody is missed for less.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.playing import Days, Played, Street, played
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import HALF_HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
GAINED: Final = 0.85  # of what one more in each of several half hours would gain: together they gain less
LEFT_BEHIND: Final = 6  # half hours after a part and the promise, for which it is followed


@dataclass(frozen=True, eq=False)
class OneChanged:
    """Late orders beside the staffing's own as one half hour has one courier fewer (`lost`) or one more (`gained`): of
    the whole day, and of the half hour's own (half hours each, 0 or more)."""

    lost_of_day: Floats
    gained_of_day: Floats
    lost_of_own: Floats
    gained_of_own: Floats


class _Followed:
    """Days that are followed, one with a courier fewer (`more` False) and one with one more of each: the half hour
    `first` that is changed, who was there `before`, and how many more are late in the `day` and of the part's `own`
    (rows)."""

    def __init__(self, street: Street, first: Ints, more: Bools, before: Bools, day: Ints, own: Ints) -> None:
        self.street, self.first, self.more, self.before, self.day, self.own = street, first, more, before, day, own

    def after(self, rows: int) -> "_Followed":
        """Without the first rows."""
        street = self.street
        return _Followed(
            Street(street.days, street.day[rows:], street.free[rows:], street.taken[rows:]),
            self.first[rows:],
            self.more[rows:],
            self.before[rows:],
            self.day[rows:],
            self.own[rows:],
        )


def one_changed(days: Days, staffing: Staffing, part: int) -> OneChanged:
    """Where parts of so many half hours are changed; a half hour has its share of the parts to which it belongs."""
    as_it_is = played(days, staffing)
    there = np.concatenate(
        [as_it_is.there, np.zeros((days.half_hours, days.count, 1), bool)], axis=2
    )  # a place for one more
    rests = np.pad(as_it_is.rests, [(0, 0), (0, 1)])
    late, dice = as_it_is.late, np.random.default_rng(days.seed)
    ordered = np.flatnonzero(as_it_is.lateness.ready)
    first, end = (int(ordered[0]), int(ordered[-1]) + 1) if len(ordered) else (0, 0)
    ends = {begun: min(begun + part + LEFT_BEHIND + int(days.promise) // HALF_HOUR, days.half_hours) for begun in
            range(first, end)}  # fmt: skip
    day, own = np.zeros((days.half_hours, 2)), np.zeros((days.half_hours, 2))
    followed = _nothing(days, there.shape[2])
    for number in range(first, days.half_hours):
        if number in ends:
            followed = _begun(followed, as_it_is, number, there[number - 1] if number else np.zeros_like(there[0]))
        now = _with_one_changed(followed, there[number], number, part, dice)
        _play(followed, number, now, rests[number], late, part)
        followed.before = now
        while len(followed.first) and ends[int(followed.first[0])] <= number + 1:
            begun = int(followed.first[0])
            day[begun], own[begun] = (
                column[: 2 * days.count].reshape(2, -1).mean(axis=1) for column in (followed.day, followed.own)
            )
            followed = followed.after(2 * days.count)
    day, own = (_by_half_hour(of_parts, part) for of_parts in (day, own))
    lost, gained = np.maximum(np.stack([day, own]), 0), np.maximum(-np.stack([day, own]), 0)
    return OneChanged(lost[0, :, 0], gained[0, :, 1], lost[1, :, 0], gained[1, :, 1])


def _nothing(days: Days, couriers: int) -> _Followed:
    none = np.zeros(0, np.int64)
    street = Street(days, none, np.zeros((0, couriers)), none)
    return _Followed(street, none, none.astype(bool), np.zeros((0, couriers), bool), none, none)


def _begun(followed: _Followed, as_it_is: Played, number: int, before: Bools) -> _Followed:
    """Days that are changed from a half hour on beside those from earlier ones."""
    free, taken = as_it_is.began[number]
    free, street, count = np.pad(free, [(0, 0), (0, 1)]), followed.street, len(taken)
    return _Followed(
        Street(
            street.days,
            np.concatenate([street.day, np.tile(np.arange(count), 2)]),
            np.concatenate([street.free, free, free]),
            np.concatenate([street.taken, taken, taken]),
        ),
        np.concatenate([followed.first, np.full(2 * count, number)]),
        np.concatenate([followed.more, np.repeat([False, True], count)]),
        np.concatenate([followed.before, before, before]),
        np.concatenate([followed.day, np.zeros(2 * count, np.int64)]),
        np.concatenate([followed.own, np.zeros(2 * count, np.int64)]),
    )


def _with_one_changed(followed: _Followed, there: Bools, number: int, part: int, dice: np.random.Generator) -> Bools:
    """Who is there; who is missing is any of them."""
    now = there[followed.street.day]
    in_it = number < followed.first + part
    now[in_it & followed.more, -1] = True
    fewer = np.flatnonzero(in_it & ~followed.more)
    now[fewer, np.where(now[fewer], dice.random(now[fewer].shape), -1.0).argmax(axis=1)] = False
    return now


def _play(followed: _Followed, number: int, now: Bools, rests: Floats, late: Bools, part: int) -> None:
    orders, promise = followed.street.days.orders, followed.street.days.promise
    for trips in followed.street.half_hour(number, now, followed.before, np.broadcast_to(rests, now.shape)):
        day, takes = followed.street.day[trips.row][:, None], np.isfinite(trips.over)
        minutes = trips.over - np.where(takes, orders.placed[day, trips.order], 0.0)
        apart = (takes & (minutes > promise)).astype(np.int64) - (takes & late[day, trips.order])
        since = orders.half_hour[day, trips.order] - followed.first[trips.row][:, None]
        followed.day[trips.row] += apart.sum(axis=1)
        followed.own[trips.row] += (apart * ((since >= 0) & (since < part))).sum(axis=1)


def _by_half_hour(of_parts: Floats, part: int) -> Floats:
    """Of parts that begin in each half hour (half hours x 2): the mean of those that one belongs to, over their
    length."""
    summed = np.cumsum(np.concatenate([np.zeros((part, 2)), of_parts]), axis=0)
    begun = np.minimum(np.arange(len(of_parts)) + 1, part)[:, None]
    return np.asarray((summed[part:] - summed[:-part]) / begun / part)
