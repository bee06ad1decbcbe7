"""Whether the couriers who are there will do: the share in time of the orders of the next hours, as the day has gone so
far, from days that are played from its beginning on with the orders that came, so that what waits already counts."""

from typing import Final

from warehouse.couriers.days import CourierDay, courier_days
from warehouse.couriers.playing import played
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import CourierTerms, Promise

HALF_HOURS_AHEAD: Final = 4  # who is called now can still be there
FEWEST_ORDERS: Final = 1.0  # of which a share says something
BACK_AGAIN: Final = 0.02  # of the share: what holds by less may be short again with the next order
PLAYED: Final = 0.5  # of the days by which a plan is judged


def share_ahead(day: CourierDay, terms: CourierTerms, staffing: Staffing, half_hour: int) -> float | None:
    """The share in time of the orders that become ready in a half hour and the three after it; None of hardly any."""
    found = played(courier_days(day, terms, PLAYED), staffing).lateness
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
