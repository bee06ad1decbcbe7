"""The orders that came so far move what is left of the day as Bayes says, and nothing else."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.orders.so_far import SoFar, as_the_day_goes

DAY = date(2026, 3, 2)
NOON = pd.Timestamp("2026-03-02 12:00", tz="UTC").to_pydatetime()


def two_days(mean: float, noise: float, of_day: float) -> pd.DataFrame:
    moments = pd.date_range("2026-03-02", periods=96, freq="30min", tz="UTC")
    return pd.DataFrame(
        {
            "warehouse_id": "W1",
            "date": moments.tz_localize(None).normalize(),
            "half_hour": moments,
            "mean": mean,
            "dispersion": (noise - 1) / mean + of_day,
            "day_dispersion": of_day,
        }
    )


def test_the_rest_of_the_day_is_what_simulated_days_with_such_a_morning_had() -> None:
    mean, of_day = 5.0, 0.04
    random = np.random.default_rng(1)
    factor = random.gamma(1 / of_day, of_day, 400_000)
    morning, later = random.poisson(24 * mean * factor), random.poisson(mean * factor)
    alike = later[np.abs(morning - 150) <= 1]

    rest = as_the_day_goes(two_days(mean, 1.0, of_day), SoFar(DAY, 150, NOON)).iloc[30]

    assert rest["mean"] == pytest.approx(alike.mean(), rel=0.02)
    assert rest["mean"] + rest["dispersion"] * rest["mean"] ** 2 == pytest.approx(alike.var(), rel=0.05)


def test_as_many_as_were_due_change_the_mean_not_and_make_the_rest_surer() -> None:
    forecast = two_days(5.0, 1.0, 0.04)

    found = as_the_day_goes(forecast, SoFar(DAY, 120, NOON))

    assert found["mean"].to_numpy() == pytest.approx(5.0)
    assert (found["day_dispersion"].iloc[24:48] < 0.04).all()


def test_what_is_over_and_other_days_stay() -> None:
    forecast = two_days(5.0, 1.3, 0.04)

    found = as_the_day_goes(forecast, SoFar(DAY, 200, NOON))

    changed = (found != forecast).any(axis=1).to_numpy()
    assert changed[24:48].all()
    assert not changed[:24].any()
    assert not changed[48:].any()


def test_noisy_half_hours_tell_less_of_the_day() -> None:
    calm, noisy = (
        as_the_day_goes(two_days(5.0, noise, 0.04), SoFar(DAY, 180, NOON))["mean"].iloc[30] for noise in (1.0, 4.0)
    )

    assert 5.0 < noisy < calm < 7.5


def test_the_variance_that_an_order_has_stays_as_it_was() -> None:
    busier = as_the_day_goes(two_days(500.0, 3.0, 0.04), SoFar(DAY, round(24 * 500 * 1.3), NOON)).iloc[30]

    assert busier["mean"] == pytest.approx(650, rel=0.01)
    assert 1 + busier["dispersion"] * busier["mean"] == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    "so_far", [SoFar(DAY + timedelta(days=5), 9, NOON + timedelta(days=5)), SoFar(DAY, 0, NOON - timedelta(hours=12))]
)
def test_of_another_day_or_before_it_began_nothing_is_learned(so_far: SoFar) -> None:
    forecast = two_days(5.0, 1.0, 0.04)

    pd.testing.assert_frame_equal(as_the_day_goes(forecast, so_far), forecast)
