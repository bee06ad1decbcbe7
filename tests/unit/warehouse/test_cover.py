"""Which days a delivery must last for."""

from datetime import timedelta

import pandas as pd
import pytest

from tests.unit.warehouse.kitchen_garden import EVERY_DAY, MONDAY, TUESDAY, offer, products
from warehouse.purchasing.need.cover import Cover, days_to_cover
from warehouse.purchasing.suppliers.offers import Offer

NEVER = float("nan")
TUESDAYS, TUESDAYS_AND_FRIDAYS = frozenset({2}), frozenset({2, 5})


def covered(life: float, *offers: Offer) -> Cover:
    (cover,) = days_to_cover(products(life), offers, MONDAY, TUESDAY)
    return cover


@pytest.mark.parametrize(
    ("life", "weekdays", "lead", "days", "outlived"),
    [
        (9, EVERY_DAY, 1, 1, True),
        (9, TUESDAYS_AND_FRIDAYS, 1, 3, True),
        (3, TUESDAYS_AND_FRIDAYS, 1, 3, False),
        (4, TUESDAYS_AND_FRIDAYS, 1, 3, True),
        (2, TUESDAYS_AND_FRIDAYS, 1, 2, False),
        (NEVER, TUESDAYS, 1, 7, True),
        (1, EVERY_DAY, 1, 1, False),
        # an order of Tuesday, the next one, arrives two days later on Thursday
        (9, EVERY_DAY, 2, 2, True),
    ],
)
def test_a_delivery_lasts_until_the_next_is_possible_or_its_life_ends(
    life: float, weekdays: frozenset[int], lead: int, days: int, outlived: bool
) -> None:
    cover = covered(life, offer(weekdays=weekdays, lead=lead))
    assert (cover.first, cover.until) == (TUESDAY, TUESDAY + timedelta(days=days - 1))
    assert (cover.days, cover.outlived) == (days, outlived)


def test_the_soonest_of_the_product_s_own_offers_counts() -> None:
    cover = covered(
        9, offer(weekdays=TUESDAYS), offer(weekdays=TUESDAYS_AND_FRIDAYS), offer(product_id="okra", weekdays=EVERY_DAY)
    )
    assert cover.days == 3


def test_what_nobody_offers_is_covered_for_a_day() -> None:
    assert covered(9).days == 1


def test_a_life_of_more_than_ten_years_is_one_of_ten_years() -> None:
    assert covered(99_999, offer()).life_days == 3650
    assert covered(NEVER, offer()).life_days is None


def test_what_is_sold_in_wholes_is_told_and_divisible_otherwise() -> None:
    eggs, flour = (products(in_wholes=in_wholes) for in_wholes in (True, False))
    for frame, in_wholes in ((eggs, True), (flour, False), (flour.drop(columns="in_wholes"), False)):
        (cover,) = days_to_cover(frame, [], MONDAY, TUESDAY)
        assert cover.in_wholes is in_wholes


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match=r"^products: missing columns \['list_price', 'shelf_life_days'\]$"):
        days_to_cover(pd.DataFrame({"product_id": ["spinach"]}), [], MONDAY, TUESDAY)


@pytest.mark.parametrize(("life", "days"), [(1, 1), (2, 2), (3, 2), (60, 2), (float("nan"), 2)])
def test_if_the_next_delivery_fails_it_must_last_for_that_ones_day_too_as_far_as_it_keeps(
    life: float, days: int
) -> None:
    assert covered(life, offer()).days_if_next_fail(1) == days


def test_if_the_next_delivery_fails_after_half_a_week_it_lasts_until_its_life_ends() -> None:
    cover = covered(5, offer(weekdays=frozenset({2, 5})))
    assert (cover.days, cover.days_if_next_fail(1), cover.days_if_next_fail(2)) == (3, 5, 5)


@pytest.mark.parametrize(("life", "days"), [(1, 1), (3, 3), (60, 4), (float("nan"), 4)])
def test_if_the_next_three_deliveries_fail_it_must_last_for_their_days_too(life: float, days: int) -> None:
    assert covered(life, offer()).days_if_next_fail(3) == days
