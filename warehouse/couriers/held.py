"""What can be promised with the couriers that there are: the shortest promise that its share of orders keeps."""

from dataclasses import replace
from typing import Final

from warehouse.couriers.plan import SLACK, CourierDay, courier_chain
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.through_the_day import Staffing, lateness

LONGEST_MINUTES: Final = 180
STEP: Final = 5  # minutes: nobody promises 47


def promise_held(day: CourierDay, terms: CourierTerms, staffing: Staffing) -> int | None:
    """Minutes within which the promised share arrives, in steps of five; None where three hours are not enough."""
    low, high, asked = 0, LONGEST_MINUTES // STEP, terms.promise.share - SLACK
    if _share(day, terms, staffing, high * STEP) < asked:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _share(day, terms, staffing, middle * STEP) >= asked else (middle, high)
    return high * STEP


def _share(day: CourierDay, terms: CourierTerms, staffing: Staffing, minutes: int) -> float:
    if minutes <= terms.delivery.preparation_minutes:
        return 0.0
    promised = replace(terms, promise=replace(terms.promise, minutes=minutes))
    return lateness(courier_chain(day, promised), staffing).share
