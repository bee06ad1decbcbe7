"""Pieces, and demand after the forecast, keep the mean and the spread they are made from."""

import numpy as np
import pytest

from warehouse.purchasing.scenarios import dice, later_demand, whole_pieces


def test_pieces_are_whole_and_keep_the_mean() -> None:
    demand = np.random.default_rng(1).gamma(2.0, [[[4.0]], [[0.3]], [[0.01]]], (3, 1, 1024))
    pieces = whole_pieces(demand, dice(1, 1024, seed=1))
    assert (pieces == np.floor(pieces)).all()
    assert (np.abs(pieces - demand) < 1).all()
    assert pieces.mean(axis=2) == pytest.approx(demand.mean(axis=2), abs=0.02)


def test_demand_after_the_forecast_has_its_mean_and_variance() -> None:
    later = later_demand(np.array([4.0]), np.array([9.0]), np.array([10.0]), dice(1, 4096, seed=1)[0])
    assert later.mean() == pytest.approx(40, rel=0.02)
    assert later.var() == pytest.approx(90, rel=0.05)


def test_a_number_of_scenarios_that_cannot_be_even_is_refused() -> None:
    with pytest.raises(ValueError, match="power of two"):
        dice(1, 100, seed=1)


def test_demand_after_the_forecast_is_never_negative_however_much_it_varies() -> None:
    later = later_demand(np.array([0.1]), np.array([9.0]), np.array([2.0]), dice(1, 4096, seed=1)[0])
    assert (later >= 0).all()
