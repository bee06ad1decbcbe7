"""The sample region's statistics beside those of FreshRetailNet, from what was written into the database."""

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from data.sample import SampleSummary


@pytest.fixture(scope="session")
def product_days(middle_region: tuple[Engine, SampleSummary]) -> pd.DataFrame:
    engine, _ = middle_region
    with engine.connect() as connection:
        return pd.read_sql(
            text(
                "SELECT s.warehouse_id, s.product_id, s.date, s.sales, s.hourly_sales, a.in_stock_hours, t.demand "
                "FROM daily_sales s JOIN daily_availability a USING (warehouse_id, product_id, date) "
                "JOIN true_demand t USING (warehouse_id, product_id, date)"
            ),
            connection,
            parse_dates=["date"],
        )


@pytest.fixture(scope="session")
def hourly(product_days: pd.DataFrame) -> np.ndarray:
    return np.frombuffer(b"".join(product_days.hourly_sales), "<f4").reshape(-1, 24)


@pytest.fixture(scope="session")
def hours_out(product_days: pd.DataFrame) -> np.ndarray:
    """Out-of-stock hours in 06:00-21:59."""
    bits = (product_days.in_stock_hours.to_numpy()[:, None] >> np.arange(24)) & 1
    return (bits[:, 6:22] == 0).sum(1)


def test_the_day_peaks_at_nine_and_again_at_sixteen(product_days: pd.DataFrame, hourly: np.ndarray) -> None:
    # each product weighs the same, whatever it is counted in
    weight = product_days.groupby("product_id").sales.transform("mean").to_numpy()[:, None]
    profile = (hourly / weight).sum(0)
    profile /= profile.sum()
    assert profile.argmax() == 9
    assert profile[9] == pytest.approx(0.106, abs=0.008)
    assert 12 + profile[12:].argmax() in (15, 16)
    assert profile[16] == pytest.approx(0.080, abs=0.008)


def test_weekends_sell_about_a_third_more(product_days: pd.DataFrame) -> None:
    weight = product_days.groupby("product_id").sales.transform("mean")
    weekend = product_days.date.dt.day_of_week >= 5
    share = product_days.sales / weight
    assert share[weekend].mean() / share[~weekend].mean() == pytest.approx(1.33, abs=0.06)


def test_shelves_run_empty_as_often_as_recorded(hours_out: np.ndarray) -> None:
    assert (hours_out > 0).mean() == pytest.approx(0.44, abs=0.03)
    assert (hours_out == 16).mean() == pytest.approx(0.04, abs=0.015)


def test_few_days_are_without_any_sale(product_days: pd.DataFrame) -> None:
    assert (product_days.sales == 0).mean() == pytest.approx(0.045, abs=0.02)


def test_demand_scatters_as_recorded(product_days: pd.DataFrame) -> None:
    # FreshRetailNet, city 0, days in stock: the median series has a coefficient of variation of 0.47
    series = product_days.groupby(["warehouse_id", "product_id"]).demand
    assert (series.std() / series.mean()).median() == pytest.approx(0.48, abs=0.08)


def test_stock_outs_hide_demand(
    product_days: pd.DataFrame, hours_out: np.ndarray, middle_region: tuple[Engine, SampleSummary]
) -> None:
    assert (product_days.sales <= product_days.demand).all()
    all_day = product_days.in_stock_hours == 2**24 - 1
    assert (product_days.sales == product_days.demand)[all_day].all()
    assert (product_days.sales < product_days.demand).mean() > 0.3
    assert middle_region[1].fill_rate == pytest.approx(0.8, abs=0.06)


def test_the_hours_add_up_to_the_day(product_days: pd.DataFrame, hourly: np.ndarray) -> None:
    np.testing.assert_array_equal(hourly.sum(1), product_days.sales)
