"""Counts of orders have the mean and the variance that they are told with, and a day's rise and fall together."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.orders.counts import quantiles, sampled

LEVELS = (0.05, 0.5, 0.75, 0.9, 0.95)


def forecast_of(
    means: list[float], dispersion: float, day_dispersion: float, warehouse_id: str = "W01"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "warehouse_id": warehouse_id,
            "date": pd.Timestamp("2026-03-02"),
            "half_hour": pd.date_range("2026-03-02", periods=len(means), freq="30min", tz="UTC"),
            "mean": means,
            "dispersion": dispersion,
            "day_dispersion": day_dispersion,
        }
    )


@pytest.mark.parametrize(("dispersion", "day"), [(0.05, 0.0), (0.05, 0.02), (0.0, 0.0), (-0.02, 0.0), (-0.015, 0.005)])
def test_draws_have_the_mean_and_the_variance_told(dispersion: float, day: float) -> None:
    means = np.array([5.0, 20.0])

    drawn = sampled(forecast_of(means.tolist(), dispersion, day), 200_000, seed=1)

    assert drawn.mean(axis=1) == pytest.approx(means, rel=0.01)
    assert drawn.var(axis=1) == pytest.approx(means + dispersion * means**2, rel=0.03)


@pytest.mark.parametrize("dispersion", [0.05, 0.0, -0.02])
def test_quantiles_are_those_of_the_draws(dispersion: float) -> None:
    means = np.array([0.4, 5.0, 20.0])
    drawn = sampled(forecast_of(means.tolist(), dispersion, 0.0), 200_000, seed=2)

    found = quantiles(means, np.full(3, dispersion), LEVELS)

    for at, level in enumerate(LEVELS):
        for row, value in enumerate(found[:, at]):
            assert (drawn[row] <= value).mean() >= level - 0.005
            assert (drawn[row] < value).mean() <= level + 0.005


def test_the_half_hours_of_a_day_share_what_the_day_is_uncertain_by() -> None:
    means, of_day = [10.0] * 40, 0.01

    of_days = sampled(forecast_of(means, 0.02, of_day), 50_000, seed=3).sum(axis=0)

    apart = 0.02 - of_day
    assert of_days.var() == pytest.approx(sum(m + apart * m**2 for m in means) + of_day * sum(means) ** 2, rel=0.03)


def test_a_closed_half_hour_has_no_orders() -> None:
    assert sampled(forecast_of([0.0, 3.0], 0.1, 0.05), 100, seed=4)[0].sum() == 0
    assert quantiles(np.zeros(1), np.array([0.1]), LEVELS).sum() == 0


def test_a_warehouse_has_the_same_draws_whoever_is_drawn_beside_it() -> None:
    alone = forecast_of([3.0, 4.0], 0.1, 0.05)
    together = pd.concat([forecast_of([9.0], 0.2, 0.1, "W00"), alone], ignore_index=True)

    assert (sampled(together, 50, seed=5)[1:] == sampled(alone, 50, seed=5)).all()


@given(mean=st.floats(0, 500), dispersion=st.floats(-0.9, 3))
def test_quantiles_rise_whatever_the_distribution(mean: float, dispersion: float) -> None:
    (found,) = quantiles(np.array([mean]), np.array([dispersion]), LEVELS)

    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()
    assert (found == found.round()).all()
