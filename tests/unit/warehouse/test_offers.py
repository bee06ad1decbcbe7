"""On which days a supplier can deliver, at which price, and which terms nobody can mean."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, offer
from warehouse.purchasing.suppliers.offers import PriceTier

SUNDAY, TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (6, 1, 2, 3))


@pytest.mark.parametrize(
    ("lead", "weekdays", "delivery", "can"),
    [
        (0, {1}, MONDAY, True),
        (1, {1}, MONDAY, False),
        (1, {2}, TUESDAY, True),
        (2, {2}, TUESDAY, False),
        (1, {3}, TUESDAY, False),
        (1, {7}, SUNDAY, True),
    ],
)
def test_it_delivers_on_its_weekdays_once_the_lead_time_has_passed(
    lead: int, weekdays: set[int], delivery: date, can: bool
) -> None:
    assert offer(lead=lead, weekdays=frozenset(weekdays)).can_deliver(delivery, MONDAY) is can


@pytest.mark.parametrize(
    ("lead", "weekdays", "after", "day"),
    [
        (0, {1, 2, 3}, MONDAY, TUESDAY),  # after Monday, not on it
        (2, {1, 2, 3, 4}, MONDAY, WEDNESDAY),
        (2, {1, 2, 4}, MONDAY, THURSDAY),
        (0, {1}, MONDAY, MONDAY + timedelta(days=7)),
        (1, {3}, TUESDAY, WEDNESDAY),
    ],
)
def test_the_next_delivery_is_the_first_of_its_weekdays_in_time(
    lead: int, weekdays: set[int], after: date, day: date
) -> None:
    assert offer(lead=lead, weekdays=frozenset(weekdays)).next_delivery(after, MONDAY) == day


def test_a_tier_s_price_holds_from_its_quantity_on() -> None:
    terms = replace(
        offer(),
        tiers=tuple(
            PriceTier(Decimal(least), Decimal(price)) for least, price in (("50", "7"), ("10", "9"), ("20", "8"))
        ),
    )
    prices = {
        quantity: terms.unit_price(Decimal(quantity)) for quantity in ("5", "10", "19.99", "20", "49", "50", "99")
    }
    assert prices == {"5": 9, "10": 9, "19.99": 9, "20": 8, "49": 8, "50": 7, "99": 7}


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"pack_size": Decimal(0)}, "pack size 0 is not positive"),
        ({"min_quantity": Decimal("-0.1")}, "minimum -0.1 is negative"),
        ({"daily_capacity": Decimal("-0.1")}, "capacity -0.1 is negative"),
        ({"lead_time_days": -1}, "lead time -1 is negative"),
        ({"delivery_weekdays": frozenset()}, "no delivery weekday"),
        ({"delivery_weekdays": frozenset({0, 1})}, "delivery weekdays are 1 to 7"),
        ({"delivery_weekdays": frozenset({7, 8})}, "delivery weekdays are 1 to 7"),
        ({"tiers": ()}, "no price"),
    ],
)
def test_terms_that_nobody_can_mean_are_refused_with_the_offer(terms: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=f"^offer farm-spinach: {words}$"):
        replace(offer(), **terms)  # type: ignore[arg-type]


def test_everything_wrong_is_told_at_once_and_nothing_that_is_right() -> None:
    with pytest.raises(ValueError, match=r": pack size 0 is not positive; lead time -1 is negative$"):
        replace(offer(), pack_size=Decimal(0), lead_time_days=-1)
    borderline = replace(offer(), min_quantity=Decimal(0), daily_capacity=Decimal(0), lead_time_days=0)
    assert borderline.can_deliver(MONDAY, MONDAY)
