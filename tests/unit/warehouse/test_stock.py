"""Which stock is usable on which day, and in which order it is taken."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.stock.ageing import run_down
from warehouse.stock.lots import (
    StockLot,
    expiring_first,
    last_dispatch_day,
    take_first_expired,
    usable_lots,
    usable_quantity,
)

MONDAY = date(2026, 3, 2)


def lot(lot_id: str, quantity: str, expires_in: int | None) -> StockLot:
    expires_on = None if expires_in is None else MONDAY + timedelta(days=expires_in)
    return StockLot(lot_id, "spinach", Decimal(quantity), expires_on)


def test_a_lot_is_usable_up_to_and_including_its_last_dispatch_day() -> None:
    ends_today = lot("a", "3", 0)
    assert ends_today.usable_on(MONDAY)
    assert not ends_today.usable_on(MONDAY + timedelta(days=1))


def test_the_day_of_receipt_is_the_first_day_of_life() -> None:
    assert last_dispatch_day(MONDAY, 1) == MONDAY
    assert last_dispatch_day(MONDAY, 3) == MONDAY + timedelta(days=2)


def test_what_has_expired_is_not_counted_and_what_never_expires_is() -> None:
    lots = [lot("expired", "5", -1), lot("fresh", "2.5", 1), lot("salt", "4", None)]
    assert usable_quantity(lots, MONDAY) == Decimal("6.5")
    assert [one.lot_id for one in expiring_first(lots)] == ["expired", "fresh", "salt"]


def test_taking_empties_the_first_to_expire_and_leaves_the_expired_untouched() -> None:
    lots = [lot("late", "5", 3), lot("expired", "9", -1), lot("soon", "2", 0)]
    taken = take_first_expired(lots, Decimal("3.5"), MONDAY)
    assert taken.taken == (("soon", Decimal(2)), ("late", Decimal("1.5")))
    assert {one.lot_id: one.quantity for one in taken.left} == {"expired": Decimal(9), "late": Decimal("3.5")}
    assert taken.missing == 0


def test_what_no_lot_can_give_is_missing() -> None:
    assert take_first_expired([lot("a", "2", 0)], Decimal(5), MONDAY).missing == Decimal(3)


def test_lots_of_two_products_cannot_be_taken_as_one() -> None:
    other = StockLot("x", "leek", Decimal(1), None)
    with pytest.raises(ValueError, match="leek"):
        take_first_expired([lot("a", "1", 0), other], Decimal(1), MONDAY)


def test_an_empty_lot_is_not_offered_to_be_taken() -> None:
    assert [one.lot_id for one in usable_lots([lot("empty", "0", 1), lot("last", "0.001", 1)], MONDAY)] == ["last"]


def test_a_negative_quantity_is_refused_with_its_lot() -> None:
    with pytest.raises(ValueError, match="lot a of product spinach"):
        lot("a", "-1", 0)


@given(
    stock=st.lists(st.integers(0, 9), min_size=5, max_size=5),
    demand=st.lists(st.integers(0, 12), min_size=4, max_size=4),
    arrival=st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 9)),
)
def test_running_down_in_columns_equals_taking_lots_day_by_day(
    stock: list[int], demand: list[int], arrival: tuple[int, int, int]
) -> None:
    day_in, last_day, arriving = arrival
    last_day = max(day_in, last_day)
    arrivals = np.zeros((1, 4, 5))
    arrivals[0, day_in, last_day] = arriving
    ran = run_down(np.array([stock], float), arrivals, np.array(demand, float).reshape(1, 4, 1))

    lots = [lot(f"{age}", str(quantity), None if age == 4 else age) for age, quantity in enumerate(stock)]
    for day, wanted in enumerate(demand):
        today = MONDAY + timedelta(days=day)
        if day == day_in:
            lots.append(lot("in", str(arriving), None if last_day == 4 else last_day))
        assert ran.usable[0, day, 0] == float(usable_quantity(lots, today))
        taken = take_first_expired(lots, Decimal(wanted), today)
        assert ran.unmet[0, day, 0] == float(taken.missing)
        lots = list(taken.left)
        expiring = [one for one in lots if one.expires_on == today]
        assert ran.expired[0, day, 0] == float(sum(one.quantity for one in expiring))
        lots = [one for one in lots if one.expires_on != today]
    assert ran.left[0, 0] == float(sum(one.quantity for one in lots))


def test_a_day_in_two_parts_sells_what_comes_between_them_only_in_the_second() -> None:
    # given 1 on the shelf, 3 wanted in each half of today and 3 tomorrow; 5 come at noon and keep until tomorrow
    arrivals = np.zeros((1, 3, 3))
    arrivals[0, 1, 1] = 5
    demand = np.array([3.0, 3, 3]).reshape(1, 3, 1)
    ran = run_down(np.array([[1.0, 0, 0]]), arrivals, demand, np.array([0, 0, 1]))
    assert ran.unmet.tolist() == [[[2.0], [1.0]]]
    assert ran.usable.tolist() == [[[1.0], [2.0]]]  # before the sales of each day
    assert ran.expired.tolist() == [[[0.0], [0.0]]]
    hardly = run_down(np.array([[4.0, 0, 0]]), arrivals, demand / 3, np.array([0, 0, 1]))
    assert hardly.expired.tolist() == [[[2.0], [4.0]]]
    nothing_comes = run_down(np.array([[1.0, 0, 0]]), arrivals * 0, demand, np.array([0, 0, 1]))
    assert nothing_comes.unmet.tolist() == [[[5.0], [3.0]]]
