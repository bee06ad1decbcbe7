from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.demand import HourlyProfiles, exposure, recover_demand
from forecasting.frames import SalesHistory
from tests.unit.forecasting.small_region import HOURLY, Region


def test_profiles_are_the_shares_of_the_day_that_the_hours_would_sell_in_stock(region: Region) -> None:
    profiles = HourlyProfiles.learn(region.history, region.products)
    for category in ("fruit", "leaf vegetables"):
        np.testing.assert_allclose(profiles.of(category, False), HOURLY, atol=0.01)


def test_demand_hidden_by_stock_outs_that_do_not_depend_on_it_is_recovered(region: Region) -> None:
    profiles = HourlyProfiles.learn(region.history, region.products)
    found = recover_demand(region.history, region.products, profiles, region.warehouses)
    assert found["sales"].sum() < 0.93 * region.demand.sum()
    assert found["demand"].sum() == pytest.approx(region.demand.sum(), rel=0.01)


def test_days_without_hours_get_a_flat_profile(region: Region) -> None:
    history = SalesHistory.of_days(region.history.days)
    profiles = HourlyProfiles.learn(history, region.products)
    np.testing.assert_allclose(profiles.of("fruit", True), 1 / 24)


def test_exposure_is_the_profile_of_the_hours_in_stock() -> None:
    profiles = HourlyProfiles({("", False): tuple(HOURLY), ("", True): tuple(HOURLY)})
    days = pd.DataFrame(
        {
            "warehouse_id": ["w"],
            "product_id": ["unlisted"],
            "date": pd.to_datetime(["2026-05-06"]),
            "sales": [1.0],
            "known_at": pd.to_datetime(["2026-05-06 16:00"], utc=True),
        }
    )
    in_stock = (np.arange(24)[None, :] < 12).astype(np.int8)
    history = SalesHistory(days, np.zeros((1, 24), dtype=np.float32), in_stock)
    products = pd.DataFrame(
        {"product_id": ["other"], "category": ["x"], "subcategory": [None], "unit": ["kg"], "introduced": [pd.NaT]}
    )
    assert exposure(history, products, profiles)[0] == pytest.approx(HOURLY[:12].sum())
