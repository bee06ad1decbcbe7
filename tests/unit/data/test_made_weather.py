"""Forecasts made from observations err as forecasts do."""

from datetime import date

import numpy as np
import pytest

from data.weather.made import LEADS, RAIN_WRONG, TEMPERATURE_RMSE, MadeErrors, forecast_from

DAYS = 2000


@pytest.fixture(scope="module")
def errors() -> MadeErrors:
    return MadeErrors.of(1, "city 0", date(2020, 1, 1), DAYS)


def test_errors_grow_with_the_days_ahead_as_published(errors: MadeErrors) -> None:
    rmse = np.sqrt((errors.warmer**2).mean(axis=1))
    np.testing.assert_allclose(rmse, TEMPERATURE_RMSE, rtol=0.08)
    assert rmse[0] < rmse[6] < rmse[-1]
    np.testing.assert_allclose(errors.overlooked.mean(axis=1), RAIN_WRONG, atol=0.05)
    np.testing.assert_allclose(errors.amount.mean(axis=1), 1, atol=0.1)


def test_an_earlier_forecast_is_the_next_one_made_worse(errors: MadeErrors) -> None:
    alike = [np.corrcoef(errors.warmer[lead], errors.warmer[lead + 1])[0, 1] for lead in range(LEADS - 1)]
    assert min(alike) > 0.75
    assert np.corrcoef(errors.warmer[0], errors.warmer[-1])[0, 1] < 0.5


def test_one_issue_errs_alike_on_neighbouring_days(errors: MadeErrors) -> None:
    issue_of_day_0 = errors.warmer[5, :-1], errors.warmer[6, 1:]
    assert np.corrcoef(*issue_of_day_0)[0, 1] > 0.5


def test_a_city_has_one_weather_and_a_seed_one_error(errors: MadeErrors) -> None:
    later = MadeErrors.of(1, "city 0", date(2020, 1, 11), 30)
    np.testing.assert_array_equal(later.warmer, errors.warmer[:, 10:40])
    np.testing.assert_array_equal(later.invented_mm, errors.invented_mm[:, 10:40])
    assert not np.array_equal(MadeErrors.of(2, "city 0", date(2020, 1, 11), 30).warmer, later.warmer)
    assert abs(np.corrcoef(MadeErrors.of(1, "city 1", date(2020, 1, 1), DAYS).warmer[0], errors.warmer[0])[0, 1]) < 0.1


def test_rain_is_missed_and_invented_and_nothing_leaves_its_range(errors: MadeErrors) -> None:
    day = np.arange(DAYS)
    temperature = np.where(day % 10 == 0, np.nan, 20.0)
    rain = np.where(day % 2 == 0, 8.0, 0.0)
    foretold = forecast_from(errors, temperature, rain, np.full(DAYS, 97.0), np.full(DAYS, 0.3))
    assert np.isnan(foretold[0][:, day % 10 == 0]).all()
    assert not np.isnan(foretold[0][:, day % 10 != 0]).any()
    wet, dry = foretold[1][:, day % 2 == 0], foretold[1][:, day % 2 == 1]
    assert 0.05 < (wet[0] == 0).mean() < (wet[-1] == 0).mean() < 0.45
    assert 0.05 < (dry[0] > 0).mean() < (dry[-1] > 0).mean() < 0.45
    assert foretold[1].min() >= 0
    assert 0 <= foretold[2].min() < foretold[2].max() <= 100
    assert foretold[3].min() >= 0
