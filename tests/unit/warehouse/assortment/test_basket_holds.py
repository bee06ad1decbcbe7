"""What hangs on a product, and what of it is not bought when the product is out."""

from dataclasses import replace

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


A5, B5 = 5, 13


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


def test_a_product_is_held_back_by_the_upper_bound_of_its_own_days_and_never_by_less_than_all_products_say() -> None:
    orders, rest, unknown = np.array([2.0]), np.array([5.0]), np.array([np.nan])
    ties = BasketTies(orders, rest, np.array([1.5]), np.array([0.1]), np.array([0.2]), np.array([0.1]), unknown)

    hold = ties.hold(0, 100.0, SETTINGS)
    little = replace(ties, own_leaves=np.array([-0.5])).hold(0, 100.0, SETTINGS)
    all_of_it = replace(ties, own_leaves=np.array([0.95])).hold(0, 279.0, SETTINGS)

    assert (hold.share, hold.orders, hold.comes_back) == (0.1, 56.0, None)
    assert hold.margin == pytest.approx(280 * 0.1)
    assert hold.margin_high == pytest.approx(280 * (0.2 + 1.96 * 0.1), rel=1e-3)
    assert hold.holds
    assert little.margin_high == pytest.approx(280 * 0.1)
    assert not little.holds
    assert all_of_it.margin_high == pytest.approx(280.0)
    assert all_of_it.holds


def bought(lines: list[tuple[int, str, str | None, float, float]], days: int = 14) -> BasketTies:
    """From lines of basket, product, customer, quantity and money, all of the first day."""
    history = small_shop(days=days, warehouses=1, out=0.0)
    table = pd.DataFrame(lines, columns=["basket_id", "product_id", "customer_id", "quantity", "money"])
    first = history.days["date"].min()
    found = basket_ties(panels_of(history)[0], table.assign(warehouse_id="W0", date=first), SETTINGS)
    assert found is not None
    return found


def test_who_comes_back_has_the_product_in_two_baskets() -> None:
    # given: six customers of a0, of whom two come back; one has it twice in one basket; one buyer is not known
    lines: list[tuple[int, str, str | None, float, float]] = [(at, "a0", f"c{at}", 1.0, 3.0) for at in range(6)]
    lines += [(10, "a0", "c0", 1.0, 3.0), (11, "a0", "c1", 1.0, 3.0), (2, "a0", "c2", 1.0, 3.0)]
    lines += [(20, "a0", None, 1.0, 3.0), (21, "a0", None, 1.0, 3.0)]
    lines += [(at, "a1", f"c{at}", 1.0, 3.0) for at in range(4)]  # too few to say anything

    ties = bought(lines)

    assert ties.comes_back[0] == pytest.approx(2 / 6)
    assert np.isnan(ties.comes_back[1])


def test_lines_that_were_taken_back_are_no_orders_and_lines_without_money_earn_nothing() -> None:
    ties = bought([(1, "a0", None, 1.0, 3.0), (1, "b0", None, 1.0, np.nan), (2, "a0", None, -1.0, -3.0)])

    assert ties.orders[0] == 1.0
    assert ties.rest_margin[0] == pytest.approx(0.0, abs=1e-6)
    assert ties.rest_margin[8] == pytest.approx(1.0)


def test_before_four_weeks_are_known_all_products_are_left_by_the_share_that_is_assumed() -> None:
    ties = bought([(at, name, None, 1.0, 30.0) for at in range(6) for name in ("a0", "b0")])

    assert (ties.own_leaves == SETTINGS.basket_leaves).all()
    assert (ties.own_leaves_sd == SETTINGS.basket_leaves_sd).all()
    assert ties.leaves == pytest.approx(np.clip(SETTINGS.basket_leaves * ties.times_chance, 0, 1))


def test_a_single_large_basket_is_not_believed_to_hang_on_a_product() -> None:
    random = np.random.default_rng(9)
    often = ("a0", "a1", "b0", "b1")
    lines = [(at, name, None, 1.0, 3 * random.gamma(1.0, 5.0)) for at in range(300) for name in often]
    lines += [(999, "a2", None, 1.0, 3.0), (999, "b2", None, 1.0, 120.0)]

    ties = bought(lines)

    assert ties.rest_margin[2] < 0.9 * 120 / 3


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_days_on_which_less_is_bought_anyway_are_not_taken_for_what_a_missing_product_does(part: float) -> None:
    # given: half as much is bought on Mondays, when b5 is out on two of three, or from noon on
    panel = panels_of(small_shop(days=280, out=0.0, warehouses=1))[0]
    monday, week = panel.days.day_of_week == 0, np.arange(280) // 7
    in_stock = panel.in_stock.copy()
    in_stock[B5, monday & (week % 3 > 0)] = part
    orders = np.where(monday, 10, 20) if part == 0 else np.where(monday & (week % 3 > 0), 10, 20)
    lines = [
        (f"{at}-{order}", day, product)
        for at, day in enumerate(panel.days)
        for order in range(orders[at])
        for product in (["a5", "b5"] if in_stock[B5, at] and order < 5 else ["a5", "b4"])
    ]
    table = pd.DataFrame(lines, columns=["basket_id", "date", "product_id"])

    ties = basket_ties(
        replace(panel, in_stock=in_stock), table.assign(warehouse_id="W0", quantity=1.0, money=30.0), SETTINGS
    )

    assert ties is not None
    assert ties.own_leaves[B5] < 0.1
