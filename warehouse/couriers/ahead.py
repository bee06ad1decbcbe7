"""Whether the couriers who are there will do: the share in time of the orders of the next hours, as the day has gone so
far, from the queue of the whole day, so that what waits already counts."""

from typing import Final

from warehouse.couriers.plan import CourierDay, courier_chain
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.through_the_day import Staffing, lateness

HALF_HOURS_AHEAD: Final = 4  # who is called now can still be there
FEWEST_ORDERS: Final = 1.0  # of which a share says something
BACK_AGAIN: Final = 0.02  # of the share: what holds by less may be short again with the next order


def share_ahead(day: CourierDay, terms: CourierTerms, staffing: Staffing, half_hour: int) -> float | None:
    """The share in time of the orders that become ready in a half hour and the three after it; None of hardly any. What
    came before the half hour is told as `day` has it."""
    found = lateness(courier_chain(day, terms), staffing)
    ahead = slice(half_hour, half_hour + HALF_HOURS_AHEAD)
    ready = float(found.ready[ahead].sum())
    return 1 - float(found.own[ahead].sum()) / ready if ready >= FEWEST_ORDERS else None


def is_short(share: float | None, least: float, *, was_short: bool) -> bool:
    """Whether couriers are short: below the least share of a half hour, until it holds again by a little more."""
    return share is not None and share < least + (BACK_AGAIN if was_short else 0.0)
