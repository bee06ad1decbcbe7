"""Which offers close on a day: those under which the next delivery must be ordered then, or is missed."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, offer
from warehouse.purchasing.suppliers.delivery import closing_on
from warehouse.purchasing.suppliers.offers import Offer

WEDNESDAY, THURSDAY = MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)
DAILY = offer("daily", lead=1)  # tomorrow, if ordered today


def closing(*offers: Offer, day: date = MONDAY) -> dict[str, date]:
    return {one.offer_id: delivery for one, delivery in closing_on(offers, day)}


def test_what_is_missed_by_waiting_a_day_closes_today() -> None:
    assert closing(DAILY) == {"daily": TUESDAY}
    assert closing(offer("slow", lead=2)) == {"slow": WEDNESDAY}


def test_a_delivery_that_tomorrow_s_order_reaches_closes_tomorrow() -> None:
    thursdays = offer("thursdays", lead=2, weekdays=frozenset({4}))

    assert closing(thursdays) == {}
    assert closing(thursdays, day=TUESDAY) == {"thursdays": THURSDAY}


def test_of_two_offers_each_closes_for_the_delivery_that_tomorrow_s_order_would_miss() -> None:
    assert closing(DAILY, offer("slow", lead=2)) == {"daily": TUESDAY, "slow": WEDNESDAY}


def test_nothing_closes_today_where_somebody_else_takes_the_order_tomorrow() -> None:
    wednesdays = frozenset({3})
    two_days, one_day = offer("two days", lead=2, weekdays=wednesdays), offer("one day", lead=1, weekdays=wednesdays)

    assert closing(two_days, one_day) == {}
    assert closing(two_days) == {"two days": WEDNESDAY}


def test_an_order_for_the_day_after_a_closed_day_closes_before_it() -> None:
    closed_tomorrow = replace(offer("closed", lead=1), closures=((TUESDAY, TUESDAY),))

    assert closing(closed_tomorrow) == {"closed": WEDNESDAY}  # on Tuesday nobody takes it


@pytest.mark.parametrize("passed", [False, True])
def test_a_cut_off_says_until_when_the_same_day_can_be_ordered(passed: bool) -> None:
    same_day = replace(offer("same day", lead=0), cut_off=time(6), cut_off_passed=passed)

    assert closing(same_day) == ({} if passed else {"same day": MONDAY})


def test_nothing_closes_where_nobody_delivers() -> None:
    ended = replace(DAILY, valid_until=MONDAY)

    assert closing(ended) == closing() == {}
