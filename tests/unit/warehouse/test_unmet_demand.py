"""Demand that other stock leaves to a delivery, day by day and by hand."""

import numpy as np
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY
from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.unmet_demand import unmet_in_cover, unmet_in_life


@pytest.mark.parametrize(
    ("arriving", "days", "unmet"),
    [
        ([0, 0, 0], 3, 30),
        ([99, 0, 0], 3, 30),  # what arrives with the delivery has been sold from already
        ([0, 4, 0], 3, 26),
        ([0, 25, 0], 3, 10),  # what is left over serves the day after; nothing serves the day before
        ([0, 12, 5], 3, 13),
        ([0, 0, 4], 3, 26),
        ([0, 0, 4], 2, 20),  # the third day is not covered, so what arrives on it serves nothing here
        ([0, 4, 99], 2, 16),
    ],
)
def test_later_arrivals_serve_what_is_left_of_the_covered_days_from_their_day_on(
    arriving: list[float], days: int, unmet: float
) -> None:
    covered = np.array([[day < days for day in range(3)]])
    assert unmet_in_cover(np.full((1, 3, 1), 10.0), np.array([arriving], float)[:, :, None], covered).tolist() == [
        [unmet]
    ]


def test_scenarios_and_products_are_apart() -> None:
    unmet = np.array([[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]])  # products x days x scenarios
    arriving = np.array([[[0.0, 0], [3, 2]], [[0, 0], [0, 0]]])
    assert unmet_in_cover(unmet, arriving, np.ones((2, 2), bool)).tolist() == [[1, 4], [12, 14]]


def in_life(life_days: int | None, left: float) -> float:
    """Of three days with 10 unmet each, after days with a demand of 20."""
    cover = Cover("spinach", False, None, life_days, MONDAY, MONDAY)
    last_week = np.full((1, 7, 1), 20.0)
    found = unmet_in_life(np.full((1, 3, 1), 10.0), np.array([[left]]), last_week, [cover], np.array([0.5]))
    return float(found[0, 0])


@pytest.mark.parametrize(
    ("life_days", "left", "unmet"),
    [
        (1, 0, 10),
        (2, 0, 20),
        (3, 0, 30),
        (3, 99, 30),
        (4, 0, 30 + 20),
        (13, 0, 30 + 10 * 20),
        (13, 150, 30 + 10 * 20 - 150),  # older stock that outlives the forecast sells first
        (13, 999, 30),
    ],
)
def test_a_long_life_sells_on_after_the_forecast_once_older_stock_is_gone(
    life_days: int, left: float, unmet: float
) -> None:
    assert in_life(life_days, left) == pytest.approx(unmet, rel=1e-3)


def test_what_does_not_expire_can_all_be_sold() -> None:
    assert in_life(None, 999) == float("inf")


def test_the_days_after_the_forecast_vary_as_its_last_week_does() -> None:
    # given days of 10 or 30 in every scenario, each day apart
    dice = np.random.default_rng(1)
    last_week = dice.choice([10.0, 30.0], (1, 7, 4096))
    cover = Cover("spinach", False, None, 25, MONDAY, MONDAY)
    uniforms = (np.arange(4096) + 0.5) / 4096
    found = unmet_in_life(np.zeros((1, 0, 4096)), np.zeros((1, 4096)), last_week, [cover], uniforms)
    assert found.mean() == pytest.approx(25 * 20, rel=0.02)
    assert found.var() == pytest.approx(25 * 100, rel=0.05)
