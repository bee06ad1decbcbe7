"""A day out of all proportion tells of no other day; a level that rises, a promotion and a festival do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.demand.bulk_orders import bulk_orders

USUAL = np.array([20, 24, 18, 30, 26, 22, 34] * 8, dtype=np.float32)


def _found(
    sales: list[float] | np.ndarray, planned: list[int] | None = None, known_late: list[int] | None = None
) -> list[int]:
    values = np.array([sales], dtype=np.float32)
    known_day = np.array([np.arange(values.shape[1])], dtype=np.int16)
    known_day[0, known_late or []] = values.shape[1]
    expected = np.zeros(values.shape, dtype=bool)
    expected[0, planned or []] = True
    return np.flatnonzero(bulk_orders(values, np.ones_like(values), known_day, expected)[0]).tolist()


def test_one_day_far_above_all_others_is_a_bulk_order() -> None:
    sales = USUAL.copy()
    sales[40] = 1500
    assert _found(sales) == [40]


def test_a_day_within_twice_the_highest_is_none() -> None:
    sales = USUAL.copy()
    sales[40] = 66
    assert _found(sales) == []


def test_a_level_that_rises_loses_its_first_day_only() -> None:
    assert _found(np.r_[USUAL, USUAL * 4]) == [len(USUAL)]


def test_a_promotion_or_a_festival_is_none_and_makes_room_for_the_next() -> None:
    sales = USUAL.copy()
    sales[[30, 50]] = 150
    assert _found(sales, planned=[30]) == []
    assert _found(sales) == [30, 50]


def test_a_promoted_day_is_one_beyond_what_promotions_do() -> None:
    sales = USUAL.copy()
    sales[40] = 200
    assert _found(sales, planned=[40]) == []
    sales[40] = 1500
    assert _found(sales, planned=[40]) == [40]


def test_pieces_that_sell_now_and_then_hold_none() -> None:
    sales = np.random.default_rng(5).poisson(0.4, 400)
    assert _found(sales) == []


def test_the_first_sale_after_a_fortnight_without_any_is_a_return() -> None:
    assert _found(np.r_[USUAL, np.zeros(14), 150]) == []
    assert _found(np.r_[USUAL, np.zeros(13), 150]) == [len(USUAL) + 13]


def test_too_few_days_tell_nothing() -> None:
    assert _found([20] * 13 + [500]) == []
    assert _found([20] * 14 + [500]) == [14]


def test_a_day_known_late_makes_no_day_before_it_usual() -> None:
    sales = USUAL.copy()
    sales[[30, 40]] = 1500
    assert _found(sales, known_late=[30]) == [40]


@given(st.integers(20, 55), st.floats(0, 5000))
def test_what_comes_later_changes_no_verdict(day: int, later: float) -> None:
    sales = USUAL.copy()
    sales[19] = 900
    before = [at for at in _found(sales) if at < day]
    sales[day:] = later
    assert [at for at in _found(sales) if at < day] == before
