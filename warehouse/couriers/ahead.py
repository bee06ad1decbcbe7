"""Whether the couriers who are there will do: the share in time of the orders of the next hours, as the day has gone so
far, from the queue of the whole day, so that what waits already counts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.coming_back import with_their_pace
from warehouse.couriers.plan import CourierDay, courier_chain
from warehouse.couriers.terms import CourierTerms, Promise
from warehouse.couriers.through_the_day import Staffing, lateness

HALF_HOURS_AHEAD: Final = 4  # who is called now can still be there
FEWEST_ORDERS: Final = 1.0  # of which a share says something
BACK_AGAIN: Final = 0.02  # of the share: what holds by less may be short again with the next order
MEAN_EXCESS: Final = 1 / float(np.sqrt(2 * np.pi))  # of a normal variable over its mean, in standard deviations


def as_means(came: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orders that came by half hour as means of the queue's chance arrivals, which exceed busy couriers by as much on
    average as those orders did."""
    return np.asarray(came - MEAN_EXCESS * np.sqrt(came))


def share_ahead(day: CourierDay, terms: CourierTerms, staffing: Staffing, half_hour: int) -> float | None:
    """The share in time of the orders that become ready in a half hour and the three after it; None of hardly any. What
    came before the half hour is told as `day` has it."""
    found = lateness(with_their_pace(courier_chain(day, terms), staffing), staffing)
    ahead = slice(half_hour, half_hour + HALF_HOURS_AHEAD)
    ready = float(found.ready[ahead].sum())
    return 1 - float(found.own[ahead].sum()) / ready if ready >= FEWEST_ORDERS else None


def least_ahead(planned: float | None, promise: Promise) -> float:
    """Below which share the next hours are short: the least promised, or as far below what they were planned at as that
    is below the day's, since a plan may leave hours less than others."""
    apart = promise.share - promise.least_share
    return promise.least_share if planned is None else min(promise.least_share, planned - apart)


def is_short(share: float | None, least: float, *, was_short: bool) -> bool:
    """Whether couriers are short: below the least share, until it holds again by a little more."""
    return share is not None and share < least + (BACK_AGAIN if was_short else 0.0)
