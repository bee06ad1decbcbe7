"""Which prices are known, and what stands in for those that are not."""

import numpy as np
import pytest

from forecasting.features.features import prices_of
from forecasting.known.prices import prices_come_with_sales

NAN = np.nan


def plan(discounts: list[float], promoted: list[float]) -> np.ndarray:
    return np.array([np.stack([discounts, promoted], axis=1)], dtype=np.float32)


TELLS_ALL, TELLS_REDUCTIONS = np.array([True]), np.array([False])


@pytest.mark.parametrize(
    ("told", "sold", "with_sales"),
    [
        pytest.param([[1, 0, 1, 0]], [[1, 0, 1, 0]], [True], id="each day with a sale has a price"),
        pytest.param([[0, 0, 1, 0]], [[1, 1, 1, 0]], [False], id="only reductions are told"),
        pytest.param([[0, 1, 0], [0, 0, 0]], [[0, 1, 0], [1, 1, 1]], [False, False], id="one sold when reduced alone"),
        pytest.param([[0, 0, 0]], [[0, 0, 0]], [False], id="nothing sold, nothing told"),
    ],
)
def test_prices_come_with_sales_where_the_shop_has_one_on_next_to_all_days_with_sales(told, sold, with_sales) -> None:
    in_one_shop = np.zeros(len(told), dtype=np.intp)

    found = prices_come_with_sales(np.array(told, dtype=bool), np.array(sold, dtype=bool), in_one_shop)

    assert found.tolist() == with_sales


def test_shops_are_told_apart() -> None:
    told, sold = np.array([[True, True], [False, True]]), np.array([[True, True], [True, True]])

    assert prices_come_with_sales(told, sold, np.array([0, 1])).tolist() == [True, False]
    assert prices_come_with_sales(told[::-1], sold, np.array([0, 1])).tolist() == [False, True]


def test_of_a_day_whose_price_is_unknown_the_last_one_known_counts() -> None:
    price, told = prices_of(plan([NAN, 0.8, NAN, 0.9, NAN], [NAN, 0, NAN, 0, NAN]), TELLS_ALL)

    assert price[0].tolist() == pytest.approx([0.8, 0.8, 0.8, 0.9, 0.9])
    assert told[0].tolist() == [False, True, False, True, False]


def test_a_shop_that_tells_its_reductions_sells_the_other_days_at_full_price() -> None:
    price, _ = prices_of(plan([NAN, 0.8, NAN, NAN, NAN], [NAN, 1, NAN, NAN, NAN]), TELLS_REDUCTIONS)

    assert price[0].tolist() == pytest.approx([1, 0.8, 1, 1, 1])


def test_a_plan_without_a_price_is_unknown_in_any_shop() -> None:
    price, _ = prices_of(plan([0.8, NAN, NAN], [0, 1, NAN]), TELLS_REDUCTIONS)

    assert price[0].tolist() == pytest.approx([0.8, 0.8, 1])


def test_a_price_planned_for_the_day_to_come_says_nothing_of_days_before() -> None:
    price, _ = prices_of(plan([NAN, NAN, 0.5], [NAN, NAN, 1]), TELLS_ALL)

    assert price[0].tolist() == pytest.approx([1, 1, 0.5])
