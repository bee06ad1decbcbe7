"""Which prices are known, and what stands in for those that are not."""

import numpy as np
import pytest

from forecasting.features.features import prices_of
from forecasting.known.prices import unknown_prices

NAN = np.nan


def plan(discounts: list[float], promoted: list[float]) -> np.ndarray:
    return np.array([np.stack([discounts, promoted], axis=1)], dtype=np.float32)


@pytest.mark.parametrize(
    ("told", "planned", "sold", "unknown"),
    [
        pytest.param([1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], id="prices come with what is sold"),
        pytest.param([0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0], id="only reductions are told"),
        pytest.param([1, 0, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1], [0, 1, 0, 0], id="a plan without a price"),
        pytest.param([0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], id="nothing sold, nothing told"),
    ],
)
def test_a_price_is_unknown_where_prices_come_with_sales_or_a_plan_has_none(told, planned, sold, unknown) -> None:
    as_days = [np.array([days], dtype=bool) for days in (told, planned, sold)]

    assert unknown_prices(*as_days).tolist() == [[bool(day) for day in unknown]]


def test_of_a_day_whose_price_is_unknown_the_last_one_known_counts() -> None:
    price, told = prices_of(plan([NAN, 0.8, NAN, 0.9, NAN], [NAN, 0, NAN, 0, NAN]), np.array([[0.0, 3, 0, 2]]))

    assert price[0].tolist() == pytest.approx([0.8, 0.8, 0.8, 0.9, 0.9])
    assert told[0].tolist() == [False, True, False, True, False]


def test_a_shop_that_tells_its_reductions_sells_the_other_days_at_full_price() -> None:
    price, _ = prices_of(plan([NAN, 0.8, NAN, NAN, NAN], [NAN, 1, NAN, NAN, NAN]), np.array([[4.0, 9, 5, 0]]))

    assert price[0].tolist() == pytest.approx([1, 0.8, 1, 1, 1])
