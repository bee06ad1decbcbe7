from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data.sample.extent import Extent
from data.sample.weather import simulate_weather, weather_rows

EXTENT = Extent(until=date(2026, 11, 21), seed=1, warehouses=4, products=1, days=180)
COLUMNS = ["warehouse_id", "date", "issued_at", "observed", "temperature_c", "precipitation_mm", "humidity", "wind"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.DataFrame(list(weather_rows(EXTENT, simulate_weather(EXTENT))), columns=COLUMNS)


def test_a_forecast_is_worse_the_further_ahead_it_looks(rows: pd.DataFrame) -> None:
    seen = rows[rows.observed].set_index(["warehouse_id", "date"]).temperature_c
    forecast = rows[~rows.observed].join(seen.rename("seen"), on=["warehouse_id", "date"], how="inner")
    ahead = [(day - issued.date()).days for day, issued in zip(forecast.date, forecast.issued_at, strict=True)]
    rmse = ((forecast.temperature_c - forecast.seen) ** 2).groupby(np.array(ahead)).mean() ** 0.5

    assert list(rmse.index) == list(range(1, 15))
    assert rmse.is_monotonic_increasing
    assert 0.8 < rmse[1] < 1.6
    assert 2.3 < rmse[7] < 3.8
    assert 3.5 < rmse[14] < 5.0


def test_the_fortnight_after_the_last_day_is_forecast_and_nothing_is_issued_after_it(rows: pd.DataFrame) -> None:
    last = EXTENT.until
    after = rows[rows.date > last]
    assert set(after.date) == {last + timedelta(days=ahead) for ahead in range(1, 15)}
    assert not after.observed.any()
    assert rows.issued_at.max() == EXTENT.end_of(last)


def test_summer_is_warmer_than_late_autumn(rows: pd.DataFrame) -> None:
    seen = rows[rows.observed]
    months = pd.to_datetime(seen.date).dt.month
    assert seen[months == 7].temperature_c.mean() > seen[months == 11].temperature_c.mean() + 8
