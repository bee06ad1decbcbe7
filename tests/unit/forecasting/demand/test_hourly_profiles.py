"""Whose rest days the hours of a day go by."""

import json

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.known.frames import HOURS, SalesHistory

DAYS = pd.date_range("2025-09-01", "2025-10-12")
CHINA_RESTS = pd.DatetimeIndex(["2025-10-01", "2025-10-02", "2025-10-03", "2025-10-06", "2025-10-07", "2025-10-08"])
MAKE_UP = pd.DatetimeIndex(["2025-09-28", "2025-10-11"])
GERMANY_RESTS = pd.DatetimeIndex(["2025-10-03"])
PRODUCTS = pd.DataFrame({"product_id": ["rolls"], "category": "bakery", "subcategory": None, "unit": "piece"})
WAREHOUSES = pd.DataFrame(
    {"warehouse_id": ["Kiel", "Bonn", "Wuhan"], "city": "x", "country": ["DE", "DE", "CN"], "subdivision": None}
)
MORNING, AFTERNOON = 8, 15


def history_of(warehouse: str, rests: pd.DatetimeIndex) -> tuple[pd.DataFrame, np.ndarray]:
    """All is sold at one hour: in the morning of workdays, in the afternoon of weekends and holidays."""
    worked = (DAYS.day_of_week < 5) | DAYS.isin(MAKE_UP if warehouse == "Wuhan" else [])
    hours = np.zeros((len(DAYS), HOURS), dtype=np.float32)
    hours[np.arange(len(DAYS)), np.where(worked & ~DAYS.isin(rests), MORNING, AFTERNOON)] = 60
    known = (DAYS + pd.Timedelta(days=1)).tz_localize("UTC")
    return pd.DataFrame(
        {"warehouse_id": warehouse, "product_id": "rolls", "date": DAYS, "sales": 60.0, "known_at": known}
    ), hours


@pytest.fixture(scope="module")
def history() -> SalesHistory:
    parts = [history_of("Bonn", GERMANY_RESTS), history_of("Kiel", GERMANY_RESTS), history_of("Wuhan", CHINA_RESTS)]
    days, hours = pd.concat([part[0] for part in parts], ignore_index=True), np.concatenate([part[1] for part in parts])
    return SalesHistory(days, hours, np.ones(hours.shape, dtype=np.int8))


def busiest(profiles: HourlyProfiles, warehouse: str, day: str) -> int:
    row = pd.DataFrame({"warehouse_id": [warehouse], "product_id": "rolls", "date": pd.Timestamp(day), "sales": 1.0})
    row["known_at"] = pd.Timestamp("2025-12-01", tz="UTC")
    return int(profiles.of_rows(SalesHistory.of_days(row), PRODUCTS, np.array([0]))[0].argmax())


def test_every_warehouse_has_the_hours_of_its_own_country_s_rest_days(history: SalesHistory) -> None:
    learned = HourlyProfiles.learn(history, PRODUCTS, WAREHOUSES)
    for profiles in (learned, HourlyProfiles.from_dict(json.loads(json.dumps(learned.to_dict())))):
        found = {
            (place, day): busiest(profiles, place, day)
            for place in ("Bonn", "Wuhan", "a new one")
            for day in ("2025-10-02", "2025-10-03")
        }
        assert found == {
            ("Bonn", "2025-10-02"): MORNING, ("Bonn", "2025-10-03"): AFTERNOON,
            ("Wuhan", "2025-10-02"): AFTERNOON, ("Wuhan", "2025-10-03"): AFTERNOON,
            ("a new one", "2025-10-02"): MORNING, ("a new one", "2025-10-03"): AFTERNOON,  # as most: in Germany
        }  # fmt: skip


def test_the_hours_of_a_day_are_sharp_where_each_calendar_is_kept(history: SalesHistory) -> None:
    own = HourlyProfiles.learn(history, PRODUCTS, WAREHOUSES)
    assert own.of("bakery", False)[MORNING] > 0.99
    assert own.of("bakery", True)[AFTERNOON] > 0.99
