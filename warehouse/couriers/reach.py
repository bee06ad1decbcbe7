"""What can be kept of a promise at all, however many couriers there are: each order rides alone, at once.

Where rides alone take longer than is promised, every courier more gains a hair, and the cheapest staffing that comes
nearest would be everybody, all day. Such a day is planned for the shortest time that can be kept."""

from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.held import STEP
from warehouse.couriers.playing import Days
from warehouse.couriers.terms import Promise

Floats = NDArray[np.float64]
LEFT: Final = 0.25  # of what may be late, for orders that wait: for none to wait there would be a courier for each


def in_reach(days: Days, promise: Promise) -> Promise:
    """The promise where it can be kept on these days, or else the shortest longer one that can, in steps of five
    minutes."""
    alone = np.sort(_minutes_alone(days)[np.isfinite(days.orders.placed)])
    enough = ceil((promise.share + LEFT * (1 - promise.share)) * len(alone))
    if not enough or alone[enough - 1] <= promise.minutes:
        return promise
    return replace(promise, minutes=STEP * ceil(alone[enough - 1] / STEP))


def late_alone(days: Days) -> Floats:
    """Orders that are late by half hour though each leaves alone as soon as it is ready."""
    return days.orders.by_half_hour(_minutes_alone(days) > days.promise)


def _minutes_alone(days: Days) -> Floats:
    """How long after it was placed each order (days x orders) arrives that leaves alone as soon as it is ready; 0 where
    there is none."""
    orders, minutes = days.orders, np.zeros(days.orders.placed.shape)
    for number, trips in enumerate(days.trips):
        now = orders.half_hour == number
        minutes[now] = orders.ready[now] - orders.placed[now] + trips.over[0, orders.trip[now], 0]
    return minutes
