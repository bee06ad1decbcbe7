"""Facts as they would be if a farm failed, a delivery came later or more was wanted; what is given stays as it is."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import MONDAY, forecasts, offer
from warehouse.purchasing.changed_facts import (
    ComesLater,
    SupplyLost,
    coming_later,
    demand_times,
    offers_left,
    still_coming,
)
from warehouse.purchasing.need.judged_demand import DISTRIBUTION
from warehouse.purchasing.suppliers.offers import OnOrder

FARM = offer().supplier_id
DAYS = st.integers(-3, 20).map(lambda ahead: MONDAY + timedelta(days=ahead))


def _on_order(due: date, supplier_id: str = FARM, order: str = "PO1", product_id: str = "spinach") -> OnOrder:
    return OnOrder(product_id, Decimal(10), due, 6.0, None, supplier_id, order)


@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted), st.sets(st.integers(1, 7), min_size=1))
def test_what_is_lost_is_never_delivered_and_all_else_as_before(
    lost: list[date], valid: list[date], weekdays: set[int]
) -> None:
    known = replace(offer(weekdays=frozenset(weekdays)), valid_from=valid[0], valid_until=valid[1])

    left = offers_left([known], SupplyLost(frozenset({FARM}), lost[0], lost[1]), MONDAY)

    for ahead in range(25):
        day = MONDAY + timedelta(days=ahead)
        still = known.delivers_on(day) and not lost[0] <= day <= lost[1]
        assert any(one.delivers_on(day) for one in left) is still
    assert known.nothing_on == ()


def test_a_farm_that_fails_for_good_has_no_offer_and_orders_are_taken_while_it_has_nothing() -> None:
    assert offers_left([offer()], SupplyLost(frozenset({FARM}), MONDAY), MONDAY) == []
    in_april = replace(offer(), valid_from=date(2026, 4, 1), valid_until=date(2026, 4, 30))
    april = SupplyLost(frozenset({FARM}), date(2026, 4, 1), date(2026, 4, 30))
    assert offers_left([in_april], april, MONDAY) == []
    assert offers_left([offer()], april, MONDAY) != []

    tuesday = MONDAY + timedelta(days=1)
    [left] = offers_left([offer(lead=1)], SupplyLost(frozenset({FARM}), MONDAY, tuesday), MONDAY)

    assert left.next_delivery(MONDAY, MONDAY) == tuesday + timedelta(days=1)
    assert left.in_time(tuesday + timedelta(days=1), tuesday), "an order of Tuesday comes on Wednesday"


def test_only_the_suppliers_and_products_named_are_lost() -> None:
    lost = SupplyLost(frozenset({FARM}), MONDAY, product_ids=frozenset({"spinach"}))
    others = [replace(offer(), supplier_id="other"), replace(offer(), product_id="leek")]
    orders = [_on_order(MONDAY, "other"), _on_order(MONDAY, product_id="leek")]

    assert offers_left([*others, offer()], lost, MONDAY) == others
    assert still_coming([*orders, _on_order(MONDAY)], lost, MONDAY) == orders


@pytest.mark.parametrize(
    ("due_in", "first_in", "last_in", "comes"),
    [(1, 1, 1, False), (1, 2, 3, True), (3, 1, 2, True), (-1, 0, 0, False), (-1, 1, 2, True)],
)
def test_what_is_on_order_is_lost_on_the_days_on_which_nothing_comes_overdue_counting_as_today(
    due_in: int, first_in: int, last_in: int, comes: bool
) -> None:
    due, first, last = (MONDAY + timedelta(days=ahead) for ahead in (due_in, first_in, last_in))
    left = still_coming([_on_order(due)], SupplyLost(frozenset({FARM}), first, last), MONDAY)
    assert bool(left) is comes


def test_a_late_delivery_comes_later_than_it_is_counted_on() -> None:
    orders = [_on_order(MONDAY + timedelta(days=1)), _on_order(MONDAY - timedelta(days=1), order="PO2")]
    other = _on_order(MONDAY, "other", "PO3")

    of_farm = coming_later([*orders, other], ComesLater(2, supplier_id=FARM), MONDAY)
    of_order = coming_later([*orders, other], ComesLater(2, purchase_order_id="PO2"), MONDAY)

    assert [(one.delivery_date - MONDAY).days for one in of_farm] == [3, 2, 0]
    assert [(one.delivery_date - MONDAY).days for one in of_order] == [1, 2, 0]
    assert [one.quantity for one in of_farm] == [Decimal(10)] * 3


def test_demand_is_scaled_where_a_factor_is_told_and_else_as_forecast() -> None:
    forecast = forecasts(20, 30)
    tuesday = pd.Timestamp(MONDAY) + pd.Timedelta(days=1)
    factors = pd.DataFrame({"product_id": ["spinach", "milk"], "date": [tuesday, tuesday], "factor": [1.5, 9.0]})

    changed = demand_times(forecast, factors)

    assert changed["mean"].tolist() == [20, 45]
    assert changed.loc[1, DISTRIBUTION].tolist() == pytest.approx((1.5 * forecast.loc[1, DISTRIBUTION]).tolist())
    assert forecast["mean"].tolist() == [20, 30]
    pd.testing.assert_frame_equal(demand_times(forecast, factors[:0]), forecast, check_dtype=False)
