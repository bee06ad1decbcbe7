"""What can be promised with the couriers that there are: the shortest promise that its share of orders keeps."""

from dataclasses import replace
from typing import Final

from warehouse.couriers.coming_back import with_their_pace
from warehouse.couriers.needed import fewest
from warehouse.couriers.plan import SLACK, CourierDay, courier_chain
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.through_the_day import Staffing, lateness

LONGEST_MINUTES: Final = 180
STEP: Final = 5  # minutes: nobody promises 47


def promise_held(day: CourierDay, terms: CourierTerms, staffing: Staffing) -> int | None:
    """Minutes within which the promised share arrives, in steps of five; None where three hours are not enough."""
    asked = terms.promise.share - SLACK
    most = LONGEST_MINUTES // STEP + 1
    steps = fewest(lambda one: _share(day, terms, staffing, one * STEP) >= asked, terms.promise.minutes // STEP, most)
    return steps * STEP if steps < most else None


def _share(day: CourierDay, terms: CourierTerms, staffing: Staffing, minutes: int) -> float:
    if minutes <= terms.delivery.preparation_minutes:
        return 0.0
    promised = replace(terms, promise=replace(terms.promise, minutes=minutes))
    return lateness(with_their_pace(courier_chain(day, promised), staffing), staffing).share
