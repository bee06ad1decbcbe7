"""A whole day without a sale where something always sells is a closed day; a weekday that never sells is not."""

import numpy as np
from numpy.typing import NDArray

from forecasting.features.closed_days import closed_days

DAYS = 70


def closed(sold: NDArray[np.floating], known: NDArray[np.bool_] | None = None, told: tuple[int, ...] = ()) -> list[int]:
    marked = np.zeros((1, len(sold)), dtype=bool)
    marked[0, list(told)] = True
    known = np.ones(len(sold), dtype=bool) if known is None else known
    return np.flatnonzero(closed_days(sold[None], known[None], marked)[0]).tolist()


def test_a_day_without_a_sale_where_something_always_sells_is_closed() -> None:
    sold = np.full(DAYS, 5.0)
    sold[50] = 0
    assert closed(sold) == [50]


def test_a_weekday_that_never_sells_is_no_closed_day() -> None:
    sold = np.full(DAYS, 5.0)
    sold[::7] = 0
    assert closed(sold) == []


def test_a_day_without_a_sale_where_that_happens_is_no_closed_day() -> None:
    sold = np.full(DAYS, 1.0)
    sold[[36, 50]] = 0  # of the same weekday
    assert closed(sold) == [36]


def test_a_day_of_which_nothing_is_known_is_no_closed_day() -> None:
    sold = np.full(DAYS, 5.0)
    sold[50] = 0
    assert closed(sold, np.arange(DAYS) != 50) == []


def test_a_shop_that_sells_no_more_is_closed_for_a_week_only() -> None:
    sold = np.full(DAYS, 5.0)
    sold[40:] = 0
    assert closed(sold) == list(range(40, 47))


def test_a_day_told_as_closed_is_so_whatever_was_sold() -> None:
    assert closed(np.full(DAYS, 5.0), told=(3, 50)) == [3, 50]
