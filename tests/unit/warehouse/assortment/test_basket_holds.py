"""What hangs on a product, and what of it is not bought when the product is out."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import small_shop
from warehouse.assortment.basket_holds import BasketTies, basket_ties
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.panel import panels_of

SETTINGS = RangeSettings()


def ties_where(leaves: float) -> BasketTies:
    """Ten orders a day hold a5 and b5, of which `leaves` are not placed on days without a5; 20 more hold b4 and b6."""
    panel = panels_of(small_shop(days=280, out=0.1, warehouses=1))[0]
    random = np.random.default_rng(5)
    lines = []
    for at, day in enumerate(panel.days):
        there = panel.in_stock[panel.product_ids.index("a5"), at] > 0
        for order in range(30):
            with_it = order < 10
            if with_it and not there and random.random() < leaves:
                continue
            bought = (["a5"] if there else []) + ["b5"] if with_it else ["b4", "b6"]
            lines += [(f"{at}-{order}", day, product, f"c{random.integers(40)}") for product in bought]
    table = pd.DataFrame(lines, columns=["basket_id", "date", "product_id", "customer_id"])
    found = basket_ties(panel, table.assign(warehouse_id="W0", quantity=1.0, money=30.0), SETTINGS)
    assert found is not None
    return found


A5 = 5


def test_what_hangs_on_a_product_is_what_the_rest_of_its_orders_earns() -> None:
    ties = ties_where(0.0)

    assert ties.rest_margin[A5] == pytest.approx(10.0, rel=0.05)
    assert ties.orders[A5] == pytest.approx(9.0, rel=0.1)
    assert 0.5 < ties.comes_back[A5] <= 1.0
    assert np.isnan(ties.comes_back[0])


def test_orders_that_are_not_placed_without_it_are_learned_from_its_stock_outs() -> None:
    never, mostly = ties_where(0.0), ties_where(0.8)

    assert never.own_leaves[A5] == pytest.approx(0.0, abs=0.1)
    assert mostly.own_leaves[A5] == pytest.approx(0.8, abs=0.2)
    gain = 0.3 * never.orders[A5] * never.rest_margin[A5] * 28
    assert not never.hold(A5, gain, SETTINGS).holds
    assert mostly.hold(A5, gain, SETTINGS).holds


def test_without_orders_nothing_is_known_of_baskets() -> None:
    history = small_shop(days=14)

    assert basket_ties(panels_of(history)[0], history.baskets, SETTINGS) is None
