"""ABC by money, XYZ by how well a week is foretold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.assortment.small_shop import with_columns
from warehouse.assortment.classes import abc, classes_of, week_error
from warehouse.assortment.panel import panels_of


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_a_product_is_a_as_long_as_those_before_it_take_less_than_80_percent(revenue: list[int]) -> None:
    letters = abc(np.array(revenue, dtype=float))

    order = sorted(range(len(revenue)), key=lambda at: -revenue[at])
    before = 0
    for at in order:
        share = before / max(sum(revenue), 1e-12)
        expected = "C" if revenue[at] == 0 else "A" if share < 0.8 else "B" if share < 0.95 else "C"
        assert letters[at] == expected
        before += revenue[at]


def test_what_sells_the_same_every_week_is_foretold_without_error_and_what_never_sold_not_at_all() -> None:
    sold = np.array([[2.0] * 28, [0.0] * 28, [0.0] * 13 + [4.0] + [0.0] * 13 + [4.0]])

    error = week_error(sold)

    assert error[0] == 0.0
    assert np.isinf(error[1])
    assert error[2] > 0.5


def test_a_week_is_foretold_from_the_weeks_before_it_and_weeks_that_are_not_known_are_left_out() -> None:
    weeks = np.array([[np.nan, 7.0, 14.0, 7.0, np.nan, 7.0]])

    error = week_error(np.repeat(weeks / 7, 7, axis=1))
    ends = week_error(np.concatenate([[99.0] * 3, np.repeat([2.0, 2.0], 7)])[None])

    level = [7.0, 7 + 0.3 * 7, 9.1 - 0.3 * 2.1]  # as known before the third, fourth and sixth week
    squares = [(14 - level[0]) ** 2, (7 - level[1]) ** 2, (7 - level[2]) ** 2]
    assert error[0] == pytest.approx(np.sqrt(np.mean(squares)) / np.mean([7, 14, 7, 7]))
    assert ends[0] == 0.0  # weeks end with the record: what does not fill one is its beginning
    assert np.isinf(week_error(np.ones((1, 13)))[0])


def test_a_product_stands_as_its_last_days_in_the_range_say() -> None:
    # given: a record whose first days count no more; on two of the last four nothing is sold, on one of them it is out
    columns = {"in_stock": [1, 1, 1, 1, 0, 1], "waste": [9, 9, 1, 0, 0, 1], "waste_money": [13.5, 13.5, 1.5, 0, 0, 1.5]}
    (panel,) = panels_of(with_columns(columns, a0=[50, 50, 4, 0, 0, 2]))

    row = classes_of(panel, recent_days=4).iloc[0]

    assert (row["days"], row["of_days"], row["days_without_sale"]) == (6, 4, 1)
    assert row["sold_a_day"] == pytest.approx(6 / 4)
    assert row["wasted_a_day"] == pytest.approx(2 / 4)
    assert row["sell_through"] == pytest.approx(6 / 8)
    assert row["revenue"] == pytest.approx(6 * 3.0 / 4)
    assert row["margin"] == pytest.approx((6 * 1.0 - 2 * 1.5) / 4)


def test_x_is_off_by_less_than_half_of_the_mean_week_and_y_by_less_than_all_of_it() -> None:
    weeks = {"a0": [10, 10, 10, 10], "a1": [4, 16, 4, 16], "a2": [0, 40, 0, 0]}
    (panel,) = panels_of(with_columns({}, **{name: np.repeat(row, 7) for name, row in weeks.items()}))

    assert classes_of(panel)["xyz"].tolist() == ["X", "Y", "Z"]
