"""ABC by money, XYZ by how well a week is foretold."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warehouse.assortment.classes import abc, week_error


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
