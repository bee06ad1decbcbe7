"""How near stock is to its last day, from that day and today: what to take out, what to sell first, and how much of it
will be lost all the same.

A lot may be dispatched up to and on its last day.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum


class Expiry(StrEnum):
    """When a lot's last day is."""

    PAST = "past"  # it may no longer be dispatched
    TODAY = "today"
    TOMORROW = "tomorrow"


def expiry_soon(last_day: date, today: date) -> Expiry | None:
    """How near the last day is; None where it is later than tomorrow."""
    if last_day < today:
        return Expiry.PAST
    return {today: Expiry.TODAY, today + timedelta(days=1): Expiry.TOMORROW}.get(last_day)


def expected_to_be_lost(on_hand: Mapping[date, float], demand: Mapping[date, float], today: date) -> dict[date, float]:
    """How much of a product's stock will not sell by its last day, by that day: `on_hand` by last day, `demand` the
    mean by day; a day without a forecast sells nothing.

    What expires first sells first; what is past its last day is lost whole."""
    left = dict(sorted(on_hand.items()))
    day = today
    while any(last_day >= day for last_day in left):
        wanted = demand.get(day, 0.0)
        for last_day in left:
            if last_day >= day:
                sold = min(left[last_day], wanted)
                left[last_day] -= sold
                wanted -= sold
        day += timedelta(days=1)
    return left
