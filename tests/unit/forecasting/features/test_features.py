"""The fast features against the same words written out slowly, series by series."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.features.features import SPREAD_FEATURES, codes_of, features, scale_of
from forecasting.features.panel import Panel
from forecasting.known.calendar import Place
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.region_model import RegionModel
from tests.unit.forecasting.small_region import Region


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


def _slow(panel: Panel, row: int, days: list[int]) -> tuple[float, float]:
    sales = sum(float(panel.sales[row, day]) for day in days)
    return sales, sum(float(panel.exposure[row, day]) for day in days)


@pytest.mark.parametrize("horizon", [1, 4, 7])
def test_trailing_levels_and_weekdays_match_the_slow_truth(panel: Panel, known: KnownAtOrigin, horizon: int) -> None:
    origin = panel.last - 3
    scale = scale_of(panel, origin)
    values, names = features(panel, origin, horizon, scale, codes_of(known.products))
    like = panel.calendars[Place()].like
    for row in range(0, len(panel.series), 5):
        own = panel.series.iloc[row]
        week = list(range(origin - 6, origin + 1))
        sales, exposed = _slow(panel, row, week)
        assert values[row, names.index("own_7")] == pytest.approx((sales / scale[row] + 1) / (exposed + 1), rel=1e-4)
        weekday = [day for day in range(origin - 27, origin + 1) if like[day] == like[origin + horizon]]
        sales, exposed = _slow(panel, row, weekday)
        expected = (sales / scale[row] + 1) / (exposed + 1)
        assert values[row, names.index("same_weekday")] == pytest.approx(expected, rel=1e-4)
        peers = panel.series.index[
            (panel.series["city"] == own["city"]) & (panel.series["product_id"] == own["product_id"])
        ]
        lately = np.sum([_slow(panel, peer, week) for peer in peers], axis=0)
        whole = np.sum([_slow(panel, peer, list(range(origin - 27, origin + 1))) for peer in peers], axis=0)
        expected = (lately[0] / lately[1]) / (whole[0] / whole[1])
        assert values[row, names.index("city_product_7")] == pytest.approx(expected, rel=1e-4)


def test_the_scale_weighs_the_latest_days_most(panel: Panel) -> None:
    origin = panel.last
    scale = scale_of(panel, origin)
    for row in range(0, len(panel.series), 5):
        weights = [0.5 ** ((origin - day) / 10) for day in range(origin - 27, origin + 1)]
        days = range(origin - 27, origin + 1)
        sales = sum(w * float(panel.sales[row, d]) for w, d in zip(weights, days, strict=True))
        exposed = sum(w * float(panel.exposure[row, d]) for w, d in zip(weights, days, strict=True))
        assert scale[row] == pytest.approx(sales / exposed, rel=0.25)


def test_the_weather_of_the_day_is_what_was_foretold_of_it(panel: Panel, region: Region, known: KnownAtOrigin) -> None:
    values, names = features(panel, panel.last, 1, scale_of(panel, panel.last), codes_of(known.products))
    tomorrow = known.origin_day + pd.Timedelta(days=1)
    weather = region.weather
    for row in range(0, len(panel.series), 20):
        own = weather[(weather["warehouse_id"] == panel.series["warehouse_id"][row]) & (weather["date"] == tomorrow)]
        foretold = own[own["issued_at"] == known.origin]["temperature_c"].item()
        assert values[row, names.index("temperature_target")] == pytest.approx(foretold, rel=1e-5)


def test_every_feature_of_the_spread_is_a_feature(panel: Panel, known: KnownAtOrigin) -> None:
    _, names = features(panel, panel.last, 1, scale_of(panel, panel.last), codes_of(known.products))
    assert set(SPREAD_FEATURES) <= set(names)
    assert len(names) == len(set(names))


def test_each_warehouse_s_days_are_those_of_its_country(known: KnownAtOrigin, region_model: RegionModel) -> None:
    """Of two countries side by side each has what it would have were all in it."""
    country = np.where(known.warehouses["warehouse_id"].isin(["w0", "w4"]), "EG", "CN")
    codes, origin = codes_of(known.products), 40

    def table(of: list[str]) -> pd.DataFrame:
        here = replace(known, warehouses=known.warehouses.assign(country=of))
        panel = Panel.of(here, region_model.profiles)
        values, names = features(panel, origin, 3, scale_of(panel, origin), codes)
        return pd.DataFrame(values, index=panel.series["warehouse_id"], columns=names)

    both, china, egypt = (table(list(of)) for of in (country, ["CN"] * len(country), ["EG"] * len(country)))
    assert not china.equals(egypt)
    pd.testing.assert_frame_equal(both.loc[["w0", "w4"]], egypt.loc[["w0", "w4"]])
    rest = [name for name in both.index.unique() if name not in ("w0", "w4")]
    pd.testing.assert_frame_equal(both.loc[rest], china.loc[rest])
