"""How near stock is to its last day, from that day and today: what to take out, and what to sell first.

A lot may be dispatched up to and on its last day.
"""

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
