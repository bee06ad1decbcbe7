import numpy as np
import pandas as pd
import pytest

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.features.panel import Panel
from forecasting.known.frames import FrameError, KnownAtOrigin, KnownLaterError, SalesHistory, end_of_day
from tests.unit.forecasting.small_region import FIRST, Region


def test_what_became_known_after_the_origin_is_left_out(region: Region) -> None:
    known = region.at_end_of(FIRST + pd.Timedelta(days=20))
    assert known.history.days["date"].max() == FIRST + pd.Timedelta(days=20) == known.origin_day
    assert known.weather.loc[known.weather["observed"], "date"].max() == known.origin_day
    assert known.promotions["date"].max() == known.origin_day + pd.Timedelta(days=2)


def test_holding_something_known_later_is_refused(region: Region) -> None:
    known = region.at_end_of(FIRST + pd.Timedelta(days=20))
    for later in ({"history": region.history}, {"promotions": region.promotions}, {"weather": region.weather}):
        parts = {name: getattr(known, name) for name in ("history", "promotions", "weather", "products", "warehouses")}
        with pytest.raises(KnownLaterError, match="after"):
            KnownAtOrigin(known.origin, zone=known.zone, **(parts | later))


def test_a_moment_without_its_zone_is_refused(region: Region) -> None:
    days = region.history.days.head(3).copy()
    days["known_at"] = days["known_at"].dt.tz_localize(None)
    with pytest.raises(FrameError, match="known_at"):
        SalesHistory.of_days(days)


def test_a_missing_column_is_named(region: Region) -> None:
    with pytest.raises(FrameError, match="sales"):
        SalesHistory.of_days(region.history.days.drop(columns=["sales"]))


def test_hours_that_do_not_match_the_days_are_refused(region: Region) -> None:
    days = region.history.days.head(3)
    with pytest.raises(FrameError, match="hourly_sales"):
        SalesHistory(days, np.zeros((2, 24), dtype=np.float32), np.ones((3, 24), dtype=np.int8))


def test_the_origin_day_is_the_last_local_day_that_has_passed() -> None:
    assert end_of_day(pd.Timestamp("2026-05-01"), "Asia/Shanghai") == pd.Timestamp("2026-05-01 16:00", tz="UTC")


def test_a_moment_in_the_small_hours_belongs_to_the_day_before(region: Region) -> None:
    known = region.at_end_of(FIRST + pd.Timedelta(days=20))
    later = KnownAtOrigin.at(
        known.origin + pd.Timedelta(hours=3),
        history=region.history,
        promotions=region.promotions,
        weather=region.weather,
        products=region.products,
        warehouses=region.warehouses,
        zone=known.zone,
    )
    assert later.origin_day == known.origin_day


def test_a_day_is_known_at_its_own_end_on_both_sides_of_a_change_of_clocks(region: Region) -> None:
    zone = "America/Chicago"  # went forward on 2026-03-08
    days = pd.DataFrame({"date": pd.date_range("2026-03-01", "2026-03-14")})
    days = days.assign(
        warehouse_id="w0", product_id="p00", sales=2.0, known_at=[end_of_day(day, zone) for day in days["date"]]
    )
    known = KnownAtOrigin.at(
        end_of_day(pd.Timestamp("2026-03-14"), zone),
        history=SalesHistory.of_days(days),
        promotions=region.promotions,
        weather=region.weather,
        products=region.products,
        warehouses=region.warehouses,
        zone=zone,
    )

    panel = Panel.of(known, HourlyProfiles.learn(known.history, known.products))
    earlier = known.at_end_of(pd.Timestamp("2026-03-05"))

    known_day = panel.known_day[0, -len(days) :]
    assert known_day.tolist() == list(range(panel.last - len(days) + 1, panel.last + 1))
    assert earlier.origin == end_of_day(pd.Timestamp("2026-03-05"), zone)
    assert earlier.history.days["date"].max() == earlier.origin_day == pd.Timestamp("2026-03-05")
