"""Pieces, and demand after the forecast, keep the mean and the spread they are made from."""

import numpy as np
import pytest
from scipy.stats import gamma

from warehouse.purchasing.need.scenarios import dice, in_whole_units, later_demand


def test_pieces_are_whole_and_keep_the_mean() -> None:
    demand = np.random.default_rng(1).gamma(2.0, [[[4.0]], [[0.3]], [[0.01]]], (3, 1, 1024))
    pieces = in_whole_units(demand, dice(1, 1024, seed=1))
    assert (pieces == np.floor(pieces)).all()
    assert (np.abs(pieces - demand) < 1).all()
    assert pieces.mean(axis=2) == pytest.approx(demand.mean(axis=2), abs=0.02)


def test_demand_after_the_forecast_has_its_mean_and_variance() -> None:
    later = later_demand(np.array([4.0]), np.array([9.0]), np.array([10.0]), dice(1, 4096, seed=1)[0])
    assert later.mean() == pytest.approx(40, rel=0.02)
    assert later.var() == pytest.approx(90, rel=0.05)


@pytest.mark.parametrize(("mean", "variance"), [(1.0, 1.0), (4.0, 4.0), (20.0, 2.0)])
def test_demand_after_the_forecast_has_the_quantiles_of_a_gamma_distribution(mean: float, variance: float) -> None:
    probabilities = np.array([0.25, 0.5, 0.75, 0.9])
    later = later_demand(np.array([mean / 2]), np.array([variance / 2]), np.array([2.0]), probabilities)
    expected = gamma.ppf(probabilities, mean**2 / variance, scale=variance / mean)
    assert later[0] == pytest.approx(expected, rel=0.02)


def test_demand_that_does_not_vary_is_its_mean() -> None:
    later = later_demand(np.array([4.0, 0.0]), np.zeros(2), np.array([10.0, 10.0]), np.array([0.01, 0.99]))
    assert later == pytest.approx(np.array([[40, 40], [0, 0]]), rel=1e-3)


@pytest.mark.parametrize("scenarios", [0, 1, 3, 100])
def test_a_number_of_scenarios_that_cannot_be_even_is_refused(scenarios: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        dice(1, scenarios, seed=1)


def test_dice_are_evenly_spread_even_where_they_are_two() -> None:
    assert sorted(np.floor(dice(1, 2, seed=1)[0] * 2)) == [0, 1]
    assert sorted(np.floor(dice(3, 16, seed=1)[2] * 16)) == list(range(16))


def test_demand_after_the_forecast_is_never_negative_however_much_it_varies() -> None:
    later = later_demand(np.array([0.1]), np.array([9.0]), np.array([2.0]), dice(1, 4096, seed=1)[0])
    assert (later >= 0).all()
