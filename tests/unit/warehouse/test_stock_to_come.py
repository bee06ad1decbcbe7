"""Stock and orders under way, by the last day on which each may be dispatched."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, lot
from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.periods import Periods
from warehouse.purchasing.need.stock_to_come import Stock, stock_to_come
from warehouse.purchasing.suppliers.offers import OnOrder

DAYS = 4


def cover(product_id: str = "spinach", life_days: int | None = 2) -> Cover:
    return Cover(product_id, False, None, life_days, MONDAY, MONDAY)


@pytest.mark.parametrize(
    ("expires_in", "by_age"),
    [
        (-1, [0, 0, 0, 0, 0]),
        (0, [7, 0, 0, 0, 0]),
        (3, [0, 0, 0, 7, 0]),
        (4, [0, 0, 0, 0, 7]),
        (99, [0, 0, 0, 0, 7]),
        (None, [0, 0, 0, 0, 7]),
    ],
)
def test_a_lot_counts_up_to_its_last_day(expires_in: int | None, by_age: list[float]) -> None:
    ends = None if expires_in is None else MONDAY + timedelta(days=expires_in)
    stock = stock_to_come(Stock([lot("7", ends)], []), [cover()], MONDAY, Periods((0.0,), DAYS))
    assert stock.there.tolist() == [by_age]
    assert stock.arrivals.shape == (1, DAYS, DAYS + 1)
    assert not stock.arrivals.any()


@pytest.mark.parametrize(
    ("arrives_in", "life_days", "day", "age"),
    [
        (0, 2, 0, 1),  # the day of receipt is the first of its life
        (2, 1, 2, 2),
        (2, 2, 2, 3),
        (3, 2, 3, 4),
        (3, 99, 3, 4),
        (1, None, 1, 4),
        (-1, 2, 0, 1),  # overdue: it comes today, and is as fresh as if it had been ordered for today
        (-30, None, 0, 4),
    ],
)
def test_an_order_counts_from_its_delivery_or_from_today_where_it_is_overdue(
    arrives_in: int, life_days: int | None, day: int, age: int
) -> None:
    order = OnOrder("spinach", Decimal(7), MONDAY + timedelta(days=arrives_in))
    expected = np.zeros((1, DAYS, DAYS + 1))
    expected[0, day, age] = 7
    found = stock_to_come(Stock([], [order]), [cover(life_days=life_days)], MONDAY, Periods((0.0,), DAYS))
    assert (found.arrivals == expected).all()


def test_what_comes_after_these_days_or_of_another_product_does_not_count() -> None:
    late, other = OnOrder("spinach", Decimal(7), MONDAY + timedelta(days=4)), OnOrder("okra", Decimal(7), MONDAY)
    stock = stock_to_come(Stock([lot("7", None, "okra")], [late, other]), [cover()], MONDAY, Periods((0.0,), DAYS))
    assert not stock.there.any()
    assert not stock.arrivals.any()


def test_lots_and_orders_of_one_day_are_added_up_each_to_its_own_product() -> None:
    covers = [cover("okra"), cover("spinach")]
    lots = [lot("1", MONDAY), lot("2", MONDAY), lot("4", MONDAY, "okra")]
    orders = [OnOrder("spinach", Decimal(8), MONDAY), OnOrder("spinach", Decimal(16), MONDAY)]
    stock = stock_to_come(Stock(lots, orders), covers, MONDAY, Periods((0.0,), DAYS))
    assert stock.there[:, 0].tolist() == [4, 3]
    assert stock.arriving.mean(axis=2).tolist() == [[0, 0, 0, 0], [24, 0, 0, 0]]


def test_arrivals_up_to_a_day_leave_out_the_later_ones_and_change_nothing() -> None:
    orders = [OnOrder("spinach", Decimal(day + 1), MONDAY + timedelta(days=day)) for day in range(3)]
    stock = stock_to_come(Stock([], orders), [cover()], MONDAY, Periods((0.0,), DAYS))
    assert stock.arrivals_up_to(1).sum(axis=2).tolist() == [[1, 2, 0, 0]]
    assert stock.arriving.mean(axis=2).tolist() == [[1, 2, 3, 0]]


def test_of_what_is_under_way_each_scenario_gets_its_own_share_and_all_of_them_the_mean() -> None:
    # given lots of which one in two comes at half of what is expected and the other at half as much again
    orders = [OnOrder("spinach", Decimal(8), MONDAY, lots=(0.5, 1.5)), OnOrder("spinach", Decimal(3), MONDAY)]
    arriving = stock_to_come(Stock([], orders), [cover()], MONDAY, Periods((0.0,), DAYS)).arriving[0, 0]
    assert sorted(set(arriving.tolist())) == pytest.approx([4 + 3, 12 + 3])
    assert arriving.mean() == pytest.approx(11)


def test_two_lots_of_a_day_do_not_fail_together() -> None:
    orders = [OnOrder("spinach", Decimal(8), MONDAY, lots=(0, 2)) for _ in range(2)]
    arriving = stock_to_come(Stock([], orders), [cover()], MONDAY, Periods((0.0,), DAYS)).arriving[0, 0]
    assert 0.15 < (arriving == 32).mean() < 0.35


@pytest.mark.parametrize(("life_days", "ends_in", "by_age"), [(3, 1, [0, 7, 0, 0, 0]), (None, 2, [0, 0, 7, 0, 0])])
def test_what_is_carried_here_counts_up_to_its_own_last_day(
    life_days: int | None, ends_in: int, by_age: list[float]
) -> None:
    order = OnOrder("spinach", Decimal(7), MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=ends_in))
    found = stock_to_come(Stock([], [order]), [cover(life_days=life_days)], MONDAY, Periods((0.0,), DAYS))
    assert found.arrivals[0, 1].tolist() == by_age


def test_what_comes_after_its_own_last_day_does_not_count() -> None:
    order = OnOrder("spinach", Decimal(7), MONDAY + timedelta(days=2), last_day=MONDAY + timedelta(days=1))
    assert not stock_to_come(Stock([], [order]), [cover()], MONDAY, Periods((0.0,), DAYS)).arrivals.any()
