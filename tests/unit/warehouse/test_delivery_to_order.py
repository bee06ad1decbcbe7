"""Which delivery must be ordered now: lead times, cut-offs, weekdays, holidays, offers that end and begin."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import MONDAY, offer
from warehouse.purchasing.suppliers.delivery import following_delivery, next_delivery_of
from warehouse.purchasing.suppliers.offers import Offer

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))
EVENING = time(21, 0)


def test_a_farm_that_needs_two_days_is_ordered_from_for_the_day_after_tomorrow() -> None:
    delivery = next_delivery_of([offer(lead=2)], MONDAY)

    assert delivery is not None
    assert (delivery.day, delivery.order_until, delivery.can_wait) == (WEDNESDAY, MONDAY, False)


def test_a_delivery_that_tomorrow_s_order_still_reaches_can_wait() -> None:
    on_thursdays = offer(lead=1, weekdays=frozenset({4}))

    assert next_delivery_of([on_thursdays], MONDAY).can_wait  # type: ignore[union-attr]
    assert next_delivery_of([on_thursdays], MONDAY).order_until == WEDNESDAY  # type: ignore[union-attr]
    assert not next_delivery_of([on_thursdays], WEDNESDAY).can_wait  # type: ignore[union-attr]


def test_the_quickest_offer_decides() -> None:
    delivery = next_delivery_of([offer("slow", lead=3), offer("quick", lead=1)], MONDAY)

    assert delivery is not None
    assert (delivery.day, delivery.can_wait) == (TUESDAY, False)


@pytest.mark.parametrize(("cut_off", "day"), [(time(22, 0), TUESDAY), (EVENING, TUESDAY), (time(20, 59), WEDNESDAY)])
def test_after_the_cut_off_an_order_counts_as_of_the_next_day(cut_off: time, day: date) -> None:
    farm = replace(offer(lead=1), cut_off=cut_off).seen_at(EVENING)

    assert next_delivery_of([farm], MONDAY).day == day  # type: ignore[union-attr]


def test_what_is_ordered_today_comes_today_only_where_a_cut_off_says_so() -> None:
    baker = offer(lead=0)

    assert next_delivery_of([baker], MONDAY).day == TUESDAY  # type: ignore[union-attr]
    by_four = replace(baker, cut_off=time(4, 0))
    assert next_delivery_of([by_four.seen_at(time(3, 30))], MONDAY).day == MONDAY  # type: ignore[union-attr]
    assert next_delivery_of([by_four.seen_at(time(4, 30))], MONDAY).day == TUESDAY  # type: ignore[union-attr]


def test_the_delivery_before_a_holiday_lasts_until_the_one_after() -> None:
    """Closed from Wednesday for a week; the farm needs a day."""
    holiday = (WEDNESDAY, WEDNESDAY + timedelta(days=6))
    farm = replace(offer(lead=1), closures=(holiday,))

    assert next_delivery_of([farm], MONDAY).day == TUESDAY  # type: ignore[union-attr]
    back = WEDNESDAY + timedelta(days=7)
    assert following_delivery([farm], TUESDAY, MONDAY) == back
    assert farm.last_order_day(back) == TUESDAY, "what is ordered while it is closed is taken on the day it opens"
    assert next_delivery_of([farm], WEDNESDAY).day == back + timedelta(days=1)  # type: ignore[union-attr]


def test_an_offer_that_ends_and_another_that_begins_leave_a_gap_to_cover() -> None:
    ends = replace(offer("old"), valid_until=TUESDAY)
    begins = replace(offer("new"), valid_from=THURSDAY + timedelta(days=7))

    assert next_delivery_of([ends, begins], MONDAY).day == TUESDAY  # type: ignore[union-attr]
    assert following_delivery([ends, begins], TUESDAY, MONDAY) == THURSDAY + timedelta(days=7)
    assert following_delivery([ends], TUESDAY, MONDAY) is None


def test_nobody_who_delivers_any_more_has_no_delivery() -> None:
    assert next_delivery_of([], MONDAY) is None
    assert next_delivery_of([replace(offer(), valid_until=MONDAY)], MONDAY) is None


@given(
    lead=st.integers(0, 5),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    cut_off=st.sampled_from([None, time(6, 0), time(22, 0)]),
    closed=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=2),
    ends=st.integers(5, 40),
    ordered_after=st.integers(0, 9),
)
def test_deliveries_agree_with_a_calendar_gone_through_day_by_day(
    lead: int, weekdays: set[int], cut_off: time | None, closed: list[tuple[int, int]], ends: int, ordered_after: int
) -> None:
    """The oracle: an order is taken on the first open day, and comes on the first day that fits, by trying each."""
    closures = tuple((MONDAY + timedelta(days=at), MONDAY + timedelta(days=at + days)) for at, days in closed)
    farm: Offer = replace(
        offer(lead=lead, weekdays=frozenset(weekdays)),
        closures=closures,
        cut_off=cut_off,
        valid_until=MONDAY + timedelta(days=ends),
    ).seen_at(time(12, 0))
    order_date = MONDAY + timedelta(days=ordered_after)

    def is_open(day: date) -> bool:
        return not any(first <= day <= last for first, last in closures)

    late = cut_off is not None and cut_off < time(12, 0)
    days = [MONDAY + timedelta(days=ahead) for ahead in range(90)]
    taken_on = next(day for day in days if day >= order_date + timedelta(days=late) and is_open(day))
    can = [
        day
        for day in days
        if day >= taken_on + timedelta(days=lead)
        and day > order_date - timedelta(days=cut_off is not None)
        and is_open(day)
        and day.isoweekday() in weekdays
        and day <= MONDAY + timedelta(days=ends)
    ]

    found = next_delivery_of([farm], order_date)

    assert (None if found is None else found.day) == (can[0] if can else None)
