"""Which delivery of a product must be ordered now: the next that an offer can reach, if waiting a day would miss it.

A delivery that tomorrow's order still reaches is better ordered tomorrow, when a day more is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.purchasing.suppliers.offers import Offer

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class NextDelivery:
    """The next delivery that an order placed now can reach, and the last day on which that order can be placed."""

    day: date
    order_until: date
    can_wait: bool


def next_delivery_of(offers: Sequence[Offer], order_date: date) -> NextDelivery | None:
    """Of a product's offers as they stand on the order date; None where nobody delivers it any more.

    What is ordered today comes today only where a cut-off says up to when."""
    day = _earliest(offers, order_date)
    if day is None:
        return None
    reach_it = [offer for offer in offers if offer.delivers_on(day) and offer.in_time(day, order_date)]
    return NextDelivery(
        day,
        order_until=max(offer.last_order_day(day) for offer in reach_it),
        can_wait=_earliest(offers, order_date + ONE_DAY) == day,
    )


def later_deliveries(offers: Sequence[Offer], order_date: date) -> list[date]:
    """The deliveries after the next one for which some of a product's offers must be asked now, the earliest first:
    tomorrow's order would miss them under these, though quicker offers may still reach them."""
    first = _earliest(offers, order_date)
    reached = {(offer, _earliest([offer], order_date)) for offer in offers}
    return sorted(
        {
            day
            for offer, day in reached
            if first is not None and day is not None and day > first and closes_on(offer, day, order_date)
        }
    )


def closes_on(offer: Offer, delivery_date: date, order_date: date) -> bool:
    """Whether the order date is the last day on which an offer can be asked for a delivery."""
    return offer.last_order_day(delivery_date) == order_date


def closing_on(offers: Sequence[Offer], order_date: date) -> list[tuple[Offer, date]]:
    """Of a product's offers those that must be asked on that day, each with the delivery: the next one, or a later."""
    delivery = next_delivery_of(offers, order_date)
    days = [] if delivery is None or delivery.can_wait else [delivery.day]
    return [
        (offer, day)
        for day in (*days, *later_deliveries(offers, order_date))
        for offer in offers
        if offer.delivers_on(day) and closes_on(offer, day, order_date)
    ]


def following_delivery(offers: Sequence[Offer], delivery_date: date, order_date: date) -> date | None:
    """The next delivery after `delivery_date` that a later order, from the day after the order date on, can reach."""
    days = (offer.next_delivery(delivery_date, order_date + ONE_DAY) for offer in offers)
    return min((day for day in days if day is not None), default=None)


def _earliest(offers: Sequence[Offer], order_date: date) -> date | None:
    days = (
        offer.next_delivery(order_date if offer.cut_off is None else order_date - ONE_DAY, order_date)
        for offer in offers
    )
    return min((day for day in days if day is not None), default=None)
