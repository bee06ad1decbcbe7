"""What can be kept of a promise at all, however many couriers there are: each order rides alone, at once.

Where rides alone take longer than is promised, every courier more gains a hair, and the cheapest staffing that comes
nearest would be everybody, all day. Such a day is planned for the shortest time that can be kept."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.held import LONGEST_MINUTES, STEP
from warehouse.couriers.playing import Days
from warehouse.couriers.terms import Promise

LEFT: Final = 0.25  # of what may be late, for orders that wait: for none to wait there would be a courier for each


def in_reach(days: Days, promise: Promise) -> Promise:
    """The promise where it can be kept on these days, or else the shortest longer one that can, by steps of five
    minutes; the longest that is looked at where none can."""
    alone = np.sort(_minutes_alone(days))
    enough = promise.share + LEFT * (1 - promise.share)
    minutes = promise.minutes
    while minutes < LONGEST_MINUTES and np.searchsorted(alone, minutes, side="right") < enough * len(alone):
        minutes = min((minutes // STEP + 1) * STEP, LONGEST_MINUTES)
    return replace(promise, minutes=minutes)


def _minutes_alone(days: Days) -> NDArray[np.float64]:
    """How long after it was placed each order arrives that leaves alone as soon as it is ready."""
    orders, found = days.orders, []
    for number, trips in enumerate(days.trips):
        now = orders.half_hour == number
        found.append(orders.ready[now] - orders.placed[now] + trips.over[0, orders.trip[now], 0])
    return np.concatenate(found)
