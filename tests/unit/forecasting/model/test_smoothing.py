import numpy as np
import pytest

from forecasting.known.frames import QUANTILES
from forecasting.model.smoothing import smooth

HORIZONS = range(1, 8)


def test_a_steady_level_is_carried_forward() -> None:
    mean, quantiles = smooth(np.full(10, 5.0), HORIZONS)
    np.testing.assert_allclose(mean, 5.0)
    assert (quantiles[:, 0] < 5).all()
    assert (quantiles[:, -1] > 5).all()


def test_weekdays_are_told_apart_after_four_weeks() -> None:
    week = np.array([10.0, 10, 10, 10, 10, 20, 20])
    mean, _ = smooth(np.tile(week, 5), HORIZONS)
    np.testing.assert_allclose(mean, week, rtol=0.05)


@pytest.mark.parametrize("days_since", [0, 2])
def test_one_known_day_is_enough_and_says_that_little_is_known(days_since: int) -> None:
    demand = np.full(20, np.nan)
    demand[-1 - days_since] = 4.0
    mean, quantiles = smooth(demand, HORIZONS)
    np.testing.assert_allclose(mean, 4.0)
    assert (quantiles[:, -1] > 2 * quantiles[:, 3]).all()


def test_a_product_that_never_sold_is_near_zero_and_not_negative() -> None:
    mean, quantiles = smooth(np.zeros(60), HORIZONS)
    np.testing.assert_allclose(mean, 0.0)
    assert (quantiles >= 0).all()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_unknown_days_do_not_count_as_days_without_demand() -> None:
    demand = np.where(np.arange(60) % 3 == 0, np.nan, 6.0)
    mean, _ = smooth(demand, HORIZONS)
    np.testing.assert_allclose(mean, 6.0, rtol=0.02)


def test_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no demand"):
        smooth(np.full(5, np.nan), HORIZONS)


def test_quantiles_hold_what_they_say_for_independent_days() -> None:
    rng = np.random.default_rng(3)
    below = np.zeros(len(QUANTILES))
    series = 80
    for _ in range(series):
        demand = rng.gamma(3.0, 2.0, 61)
        below += demand[-1] <= smooth(demand[:-1], [1])[1][0]
    np.testing.assert_allclose(below / series, QUANTILES, atol=0.12)


def test_what_the_last_known_days_say_holds_when_no_more_are_known() -> None:
    week = np.array([10.0, 10, 10, 10, 10, 20, 20])
    sold, unsold, unknown = np.tile(week, 5), np.zeros(28), np.full(12, np.nan)

    fallen, _ = smooth(np.concatenate([sold, unsold, unknown]), HORIZONS)
    held, _ = smooth(np.concatenate([sold, unknown]), HORIZONS)

    assert (fallen < 2).all(), "days of which nothing is known do not bring back what was sold before the zeros"
    np.testing.assert_allclose(held, np.tile(week, 3)[12 : 12 + 7], rtol=0.05)  # weekdays stay where they are
