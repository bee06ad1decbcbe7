"""What a unit that expires loses, and what one that sells earns, where later orders follow on it."""

from datetime import date

import numpy as np
import pytest

from warehouse.purchasing.later_orders import LaterOrders
from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.later_orders_of import later_orders_of
from warehouse.stock.ageing import RunDown


def later(
    in_cover: list[float],
    in_life: list[float],
    replaced: list[float],
    follows: list[float],
    covered: list[float] | None = None,
) -> LaterOrders:
    """One later order, which knows nothing of the covered days."""
    blind = np.empty((0, len(in_cover)), np.float32) if covered is None else np.array([covered], np.float32)
    return LaterOrders(
        in_cover=np.array(in_cover, np.float32),
        known=np.zeros(len(in_cover), np.float32),
        in_life=np.array(in_life, np.float32),
        replaced=np.array([replaced], np.float32),
        follows=np.array([follows], np.float32),
        covered=blind,
    )


def chances(orders: LaterOrders, unit: float = 4.0) -> tuple[float, float]:
    """Of the last of so many units, single ones, that are as many as are worth buying."""
    sells, expires = orders.chances(np.array([unit]), np.array([unit - 1]), unit - 1, 1.0)
    return float(sells[0]), float(expires[0])


def test_a_unit_that_expires_loses_its_price_where_the_one_it_saved_sells() -> None:
    assert chances(later([0, 9], [2, 9], replaced=[3, 3], follows=[8, 8]))[1] == 0.5


def test_a_unit_that_expires_loses_half_its_price_where_the_one_it_saved_expires_too() -> None:
    assert chances(later([0, 9], [2, 9], replaced=[3, 3], follows=[1, 8]))[1] == 0.25


def test_what_becomes_of_the_saved_unit_counts_only_where_this_one_expires() -> None:
    assert chances(later([0, 9], [2, 9], replaced=[3, 3], follows=[8, 1]))[1] == 0.5


def test_a_sale_earns_half_its_margin_where_the_next_delivery_that_could_not_know_sells_out_too() -> None:
    assert chances(later([0, 9], [2, 9], [3, 3], [8, 8], covered=[1, 9]))[0] == 0.25
    assert chances(later([0, 9], [2, 9], [3, 3], [8, 8], covered=[9, 1]))[0] == 0.5


def test_a_sale_that_the_next_order_knows_of_earns_its_margin() -> None:
    orders = later([0, 9], [2, 9], [3, 3], [8, 8], covered=[9, 9])
    orders.known[:] = orders.in_cover
    assert chances(orders)[0] == 0.5


def test_below_the_last_unit_worth_buying_the_next_order_is_larger_and_sells_out_less() -> None:
    orders = later([9, 9], [9, 9], [3, 3], [8, 8], covered=[4, 4])
    few, enough = (orders.chances(np.array([2.0]), np.array([1.0]), level, 1.0)[0][0] for level in (9.0, 1.0))
    assert few == 1.0
    assert enough == 0.5


@pytest.mark.parametrize("bought", [0.0, 2.0])
def test_what_is_bought_of_one_offer_is_not_lacking_for_the_next(bought: float) -> None:
    left = later([0, 9], [2, 9], [3, 3], [8, 8]).after(bought)
    assert left.in_cover.tolist() == [0, 9 - bought]
    assert left.in_life.tolist() == [2 - bought, 9 - bought]


def test_the_next_order_replaces_what_was_sold_and_what_expired() -> None:
    """Demand is 5 on each of four days; in half of the scenarios 4 of the old stock expire on the first."""
    demand, none = np.full((1, 4, 4), 5.0), np.zeros((1, 4, 4))
    expired = none.copy()
    expired[0, 0] = [0, 0, 4, 4]
    monday = date(2026, 3, 2)
    cover = Cover("milk", False, None, life_days=2, first=monday, until=monday)

    found = later_orders_of([cover], demand, RunDown(none, none, expired, none[:, 0]), none[:, 0], none[:, 0], lead=0)

    assert found[0] is not None
    assert found[0].replaced.tolist() == [[5, 5, 5 + 4, 5 + 4]]
