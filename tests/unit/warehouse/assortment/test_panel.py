"""A warehouse's days as arrays, and what products are alike in."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import catalogue, recorded, with_columns
from warehouse.assortment.panel import attributes_of, panels_of, price_tiers


def test_untold_demand_is_scaled_up_from_half_a_day_in_stock_and_unknown_below() -> None:
    (panel,) = panels_of(
        with_columns({"in_stock": [1.0, 0.5, 0.4, np.nan, 0.5], "demand": [*[np.nan] * 4, 9.0]}, a0=[4, 4, 4, 4, 4])
    )

    assert panel.demand[0].tolist() == pytest.approx([4, 8, np.nan, 4, 9], nan_ok=True)
    assert panel.available[0] == pytest.approx((1 + 0.5 + 0.4 + 1 + 0.5) / 5)


def test_days_outside_the_range_are_not_known() -> None:
    (panel,) = panels_of(recorded(a0=[1, np.nan, 3], a1=[np.nan, 2, 2]))

    assert panel.listed.tolist() == [[True, False, True], [False, True, True]]
    assert np.isnan(panel.in_stock[~panel.listed]).all()
    assert np.isnan(panel.waste[~panel.listed]).all()


def test_price_and_cost_are_those_of_the_last_weeks_by_what_was_sold_at_them() -> None:
    price = [9.0] * 10 + [4.0] * 14 + [6.0] * 14
    (panel,) = panels_of(with_columns({"price": price}, a0=[1.0] * 24 + [3.0] * 14))
    (unsold,) = panels_of(with_columns({"price": price}, a0=[0.0] * 38))

    assert panel.price[0] == pytest.approx((4 * 14 + 6 * 3 * 14) / (14 + 3 * 14), abs=1e-4)
    assert panel.margin[0] == pytest.approx(panel.price[0] - 2)
    assert unsold.price[0] == pytest.approx(5.0)


def test_a_unit_wasted_costs_what_was_written_off_else_what_it_was_bought_for() -> None:
    (panel,) = panels_of(with_columns({"waste": [1, 3], "waste_money": [1.5, 4.5]}, a0=[1, 1]))
    (none,) = panels_of(recorded(a0=[1, 1]))

    assert panel.unit_waste_cost[0] == pytest.approx(1.5)
    assert none.unit_waste_cost[0] == pytest.approx(2.0)


def test_tiers_are_thirds_of_a_categorys_prices_and_an_unknown_price_lies_in_the_middle() -> None:
    price = pd.Series([1.0, 2.0, 3.0, np.nan, 70.0, 80.0, 90.0])

    assert price_tiers(price, pd.Series(list("aaaabbb"))).tolist() == [0, 1, 2, 1, 0, 1, 2]


def test_what_the_catalogue_lacks_comes_from_what_was_paid_and_from_other_products() -> None:
    products = catalogue().assign(subcategory="fresh", list_price=np.nan, shelf_life_days=[np.nan, 0, 4, 6] * 4)
    paid = pd.Series({"a0": 1.0, "a1": 2.0, "a2": 3.0})

    known = attributes_of(products, paid)

    assert known.loc[["a0", "a1", "a2", "a3"], "tier"].tolist() == [0, 1, 2, 1]
    assert known.loc[["a0", "a1", "a2"], "shelf_life"].tolist() == [4.0, 1.0, 4.0]
    assert known.loc["a0", "subcategory"] != known.loc["b0", "subcategory"]  # of one name, in two categories
