from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.features.features import scale_of
from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import (
    LISTED_COLUMNS,
    PROMOTION_COLUMNS,
    WEATHER_COLUMNS,
    KnownAtOrigin,
    SalesHistory,
    end_of_day,
)
from forecasting.model.region_model import learned_profiles
from forecasting.model.smoothing import last_known_levels

ZONE = "Asia/Shanghai"
FIRST = pd.Timestamp("2026-05-01")


def _levels(sales: dict[str, list[float | None]]) -> tuple[dict[str, float], dict[str, Floats]]:
    """Mean and quantiles by product after the last day; None is a day of which nothing is known."""
    rows = [
        (product, FIRST + pd.Timedelta(days=at), value)
        for product, values in sales.items()
        for at, value in enumerate(values)
        if value is not None
    ]
    days = pd.DataFrame(rows, columns=["product_id", "date", "sales"]).assign(warehouse_id="W")
    days["known_at"] = (days["date"] + pd.Timedelta(days=1)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    last = FIRST + pd.Timedelta(days=max(map(len, sales.values())) - 1)
    products = pd.DataFrame({"product_id": list(sales), "category": "greens", "subcategory": None, "unit": "kg"})
    known = KnownAtOrigin.at(
        end_of_day(last, ZONE),
        history=SalesHistory.of_days(days),
        promotions=_nothing(PROMOTION_COLUMNS),
        weather=_nothing(WEATHER_COLUMNS),
        products=products.assign(introduced=pd.Series(pd.NaT, index=products.index, dtype="datetime64[ns]")),
        warehouses=pd.DataFrame({"warehouse_id": ["W"], "city": ["C"]}),
        zone=ZONE,
    )
    panel = Panel.of(known, learned_profiles(known))
    every = np.ones(len(panel.series), dtype=bool)
    mean, quantiles = last_known_levels(panel, every, panel.last, scale_of(panel, panel.last))
    names = panel.series["product_id"]
    return dict(zip(names, mean.tolist(), strict=True)), dict(zip(names, quantiles, strict=True))


def _nothing(columns: dict[str, str] | object) -> pd.DataFrame:
    kinds = {"id": "str", "day": "datetime64[ns]", "number": "float64", "moment": "datetime64[ns, UTC]"}
    assert isinstance(columns, type(LISTED_COLUMNS))
    return pd.DataFrame({name: pd.Series([], dtype=kinds.get(kind, "bool")) for name, kind in columns.items()})


def test_a_level_is_kept_however_long_ago_its_last_known_day_was() -> None:
    mean, _ = _levels({"A": [5.0] * 20 + [None] * 40})
    assert mean["A"] == pytest.approx(5.0)


def test_later_days_count_more_with_the_half_life_of_ten_days() -> None:
    mean, _ = _levels({"A": [0.0] * 10 + [8.0] * 10})
    weights = 0.5 ** (np.arange(20) / 10)
    assert mean["A"] == pytest.approx(8 * weights[:10].sum() / weights.sum(), rel=1e-5)


def test_one_day_alone_is_forecast_as_widely_as_what_sells_now_and_then() -> None:
    mean, quantiles = _levels({"A": [6.0]})
    assert mean["A"] == pytest.approx(6.0)
    assert quantiles["A"][0] < 1.5
    assert quantiles["A"][6] > 12
    assert (np.diff(quantiles["A"]) > 0).all()


def test_what_varies_more_is_forecast_more_widely() -> None:
    _, quantiles = _levels({"A": [6.0] * 30, "B": [2.0, 10.0] * 15})
    assert quantiles["B"][5] - quantiles["B"][1] > 1.4 * (quantiles["A"][5] - quantiles["A"][1])
