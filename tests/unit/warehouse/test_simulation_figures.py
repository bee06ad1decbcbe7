"""The figures of a played policy by hand: two warehouses, two products, three days, the second product delivered on the
first and the third day."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from warehouse.purchasing import scores
from warehouse.purchasing.simulation.bound import profit_bound
from warehouse.purchasing.simulation.deliveries import Reliability, draw_deliveries
from warehouse.purchasing.simulation.figures import Scored, Weights, figures
from warehouse.purchasing.simulation.played import Played
from warehouse.purchasing.simulation.world import Goods, World

FIRST = date(2026, 3, 2)
DELIVERS = np.array([[True, True], [True, False], [True, True]])
LEAF = np.array([True, False])


def played(policy: str = "marginal", more: float = 0.0) -> Played:
    nothing = Played.nothing_yet(policy, [FIRST + timedelta(day) for day in range(3)], 2, 2)
    nothing.wanted[:] = [[[10, 4], [6, 4]], [[8, 2], [6, 4]], [[10, 4], [6, 4]]]
    nothing.sold[:] = nothing.wanted - [[[2, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 4]]]
    nothing.came[:] = [[[10, 8], [10, 8]], [[10, 0], [0, 0]], [[10, 2], [6, 2]]]
    nothing.rejected[:] = [[[2, 0], [0, 0]], [[1, 0], [0, 0]], [[0, 0], [0, 0]]]
    nothing.expired[:] = [[[0, 0], [3, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]]]
    nothing.left[:] = 1.0
    nothing.revenue[:] = 5.0 + more
    nothing.spent[:] = 3.0
    return nothing


def value(name: str) -> float:
    return figures([Scored(played(), DELIVERS)], LEAF, draws=20)["marginal"][name].value


def test_waste_is_of_all_that_came_by_stage() -> None:
    assert value("receipt_waste_share") == pytest.approx(3 / 66)
    assert value("shelf_waste_share") == pytest.approx(4 / 66)
    assert value("waste_share") == pytest.approx(7 / 66)
    assert value("shelf_waste_share_leaf") == pytest.approx(3 / 46)
    assert value("receipt_waste_share_leaf") == pytest.approx(3 / 46)


def test_fill_rate_is_what_was_sold_of_what_was_wanted() -> None:
    assert value("fill_rate") == pytest.approx(1 - 6 / 68)
    assert value("fill_rate_leaf") == pytest.approx(1 - 2 / 46)


def test_accuracy_by_day_sets_a_delivery_over_the_region_against_the_demand_of_the_days_it_covers() -> None:
    # leaf: accepted 18, 9, 16 of demand 16, 14, 16; the other: 16 for the 14 of two days, 4 for 8
    assert value("purchase_accuracy_day_leaf") == pytest.approx(1 - (2 + 5 + 0) / 46)
    assert value("purchase_accuracy_day") == pytest.approx(1 - (2 + 5 + 0 + 2 + 4) / 68)


def test_accuracy_by_week_and_by_warehouse() -> None:
    assert value("purchase_accuracy_week") == pytest.approx(1 - (abs(43 - 46) + abs(20 - 22)) / 68)
    # leaf: W1 8 9 10 of 10 8 10, W2 10 0 6 of 6 6 6; the other: W1 8 of 6, 2 of 4; W2 8 of 8, 2 of 4
    assert value("purchase_accuracy_warehouse_day") == pytest.approx(1 - (2 + 1 + 0 + 4 + 6 + 0 + 2 + 2 + 0 + 2) / 68)


def test_they_are_the_scores_of_the_house() -> None:
    it = played()
    assert value("fill_rate") == pytest.approx(scores.fill_rate(it.sold, it.wanted))
    assert value("waste_share") == pytest.approx(scores.waste(it.rejected + it.expired, it.came))
    bought, demanded = it.accepted.sum(axis=(0, 1)), it.wanted.sum(axis=(0, 1))
    assert value("purchase_accuracy_week") == pytest.approx(scores.purchase_accuracy(bought, demanded))


def test_nobody_earns_more_than_demand_at_the_lowest_price() -> None:
    goods = [Goods(name, "leaf vegetables", Decimal(1), 2, Decimal(10)) for name in ("p0", "p1")]
    nothing_comes = draw_deliveries(np.random.default_rng(1), 3, ["W1", "W2"], ["p0", "p1"], {}, Reliability())
    world = World(played().days, ["W1", "W2"], goods, np.zeros((3, 2, 2, 24), np.int32), nothing_comes)
    assert profit_bound(played(), world, np.array([6.0, 12.0])) == pytest.approx(46 * 4)


def test_days_of_supply_and_profit() -> None:
    assert value("days_of_supply") == pytest.approx(12 / 68)
    assert value("profit") == pytest.approx(12 * 2.0)


def test_the_share_of_the_gain_lies_between_naive_and_true_distributions() -> None:
    several = [Scored(played("naive"), DELIVERS), Scored(played("marginal", 3.0), DELIVERS)]
    found = figures([*several, Scored(played("marginal-true", 4.0), DELIVERS)], LEAF, draws=50)
    assert found["marginal"]["gain"].value == pytest.approx(36)
    assert found["marginal"]["gain_share"].value == pytest.approx(0.75)
    # all met the same days and products, so of a gain that is the same everywhere nothing is uncertain
    assert found["marginal"]["gain_share"].low == pytest.approx(0.75)
    assert found["marginal"]["gain_share"].high == pytest.approx(0.75)
    assert found["naive"]["gain"].value == 0


def test_intervals_hold_the_figure_and_the_same_seed_draws_the_same() -> None:
    scored = [Scored(played(), DELIVERS)]
    one, again = figures(scored, LEAF, seed=3), figures(scored, LEAF, seed=3)
    assert one == again
    fill = one["marginal"]["fill_rate"]
    assert fill.low <= fill.value <= fill.high
    assert fill.low < fill.high


def test_weeks_are_drawn_whole() -> None:
    weights = Weights.drawn(17, 3, draws=30)
    assert (weights.day[:, :7] == weights.day[:, :1]).all()
    assert (weights.product.sum(axis=1) == 3).all()


def test_a_warm_up_does_not_count() -> None:
    assert played().since(2).wanted.sum() == 24
    assert len(played().since(2).days) == 1
