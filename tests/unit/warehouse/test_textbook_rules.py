"""Rules to compare with, by hand: a product that sells 10 a day, delivered tomorrow for one day or two."""

from dataclasses import replace

import numpy as np
import pytest

from warehouse.purchasing.simulation.textbook_rules import (
    Situation,
    base_stock,
    estimated_outdating,
    ewa,
    fractile,
    naive,
)

SCENARIOS = np.array([[8.0, 10.0, 12.0], [6.0, 10.0, 14.0]])  # today and tomorrow
SEEN = Situation(
    lead=1,
    until=1,
    stock=np.array([3.0, 4.0, 5.0]),
    arriving=np.array([2.0, 0.0]),
    life_days=2,
    price=10.0,
    cost=6.0,
    keeping=0.02,
    demand=SCENARIOS,
    sold=np.array([9.0, 11.0] * 14),
)


def test_the_naive_buyer_adds_the_safety_to_a_weeks_mean() -> None:
    week, spread = (9 + 11) * 3 / 7 + 11 / 7, np.sqrt(28 / 27)
    assert naive(SEEN, 0.0) == pytest.approx(2 * week - 14)
    assert naive(SEEN, 2.0) == pytest.approx(2 * week + 2 * spread * np.sqrt(2) - 14)


def test_what_has_not_sold_for_a_week_is_bought_only_onto_an_empty_shelf() -> None:
    silent = replace(SEEN, sold=np.zeros(28))
    assert naive(silent, 1.0) == 0
    assert naive(replace(silent, stock=np.zeros(3), arriving=np.zeros(2)), 1.0) > 0


def test_base_stock_orders_up_to_a_quantile_of_the_demand_until_the_next_delivery() -> None:
    assert base_stock(SEEN, 0.5) == pytest.approx(20 - 14)
    assert base_stock(SEEN, 1.0) == pytest.approx(26 - 14)


def test_the_fractile_weighs_the_margin_against_keeping_or_against_the_price_of_what_expires() -> None:
    keeps = 4 / (4 + 0.2)
    assert fractile(SEEN, 1.0) == pytest.approx(np.quantile([14, 20, 26], keeps) - 14)
    expires = 4 / (4 + 6)
    assert fractile(replace(SEEN, life_days=1), 1.0) == pytest.approx(np.quantile([14, 20, 26], expires) - 14)


def test_ewa_does_not_count_on_stock_that_will_have_expired() -> None:
    # of today's 10, 3 that end today and 4 that end tomorrow are taken first: nothing of them expires
    assert estimated_outdating(SEEN) == 0
    many = replace(SEEN, stock=np.array([25.0, 4.0, 5.0]))
    assert estimated_outdating(many) == pytest.approx(15)
    assert ewa(many, 0.0) == pytest.approx(20 - (25 + 4 + 5 + 2 - 15))
    assert ewa(SEEN, 1.0) == pytest.approx(20 + np.std([14, 20, 26]) - 14)
