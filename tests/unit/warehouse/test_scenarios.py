"""Scenarios give back the forecast they were drawn from."""

import numpy as np
import pytest

from warehouse.purchasing.scenarios import (
    PROBABILITIES,
    demand_scenarios,
    dice,
    later_demand,
    whole_pieces,
)

QUANTILES = np.array([[[2.0, 3, 5, 8, 12, 17, 20]], [[0, 0, 0, 0, 1, 2, 3]], [[0, 0, 0, 0, 0, 0, 0]]])
MEANS = np.array([[9.2], [0.7], [0.02]])


def test_scenarios_have_the_quantiles_and_the_mean_of_the_forecast() -> None:
    drawn = demand_scenarios(QUANTILES, MEANS, dice(1, 4096, seed=1))
    for product in (0, 1):
        found = np.quantile(drawn[product, 0], PROBABILITIES)
        assert found == pytest.approx(QUANTILES[product, 0], abs=0.05)
    assert drawn.mean(axis=2) == pytest.approx(MEANS, rel=0.01)
    assert (drawn >= 0).all()


def test_a_product_draws_the_same_whatever_it_is_planned_with() -> None:
    points = dice(1, 64, seed=1)
    together, alone = demand_scenarios(QUANTILES, MEANS, points), demand_scenarios(QUANTILES[1:2], MEANS[1:2], points)
    assert together[1] == pytest.approx(alone[0])


def test_pieces_are_whole_and_keep_the_mean() -> None:
    points = dice(2, 1024, seed=1)
    drawn = demand_scenarios(QUANTILES, MEANS, points[:1])
    pieces = whole_pieces(drawn, points[1:])
    assert (pieces == np.floor(pieces)).all()
    assert pieces.mean(axis=2) == pytest.approx(drawn.mean(axis=2), abs=0.02)


def test_demand_after_the_forecast_has_its_mean_and_variance() -> None:
    later = later_demand(np.array([4.0]), np.array([9.0]), np.array([10.0]), dice(1, 4096, seed=1)[0])
    assert later.mean() == pytest.approx(40, rel=0.02)
    assert later.var() == pytest.approx(90, rel=0.05)


def test_a_number_of_scenarios_that_cannot_be_even_is_refused() -> None:
    with pytest.raises(ValueError, match="power of two"):
        dice(1, 100, seed=1)
