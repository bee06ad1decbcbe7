"""What a product will sell in its first four weeks."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import day_after, small_shop
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.new_products import LaunchForecast, forecast_launch, learn_launches
from warehouse.assortment.panel import panels_of

SETTINGS = RangeSettings()


def launched(history: AssortmentHistory, product: str, after: int = 0) -> LaunchForecast:
    """In the first warehouse, on the 140th day or some days after its launch."""
    panels = panels_of(history)
    model = learn_launches(panels, history.products, SETTINGS)
    return forecast_launch(model, panels[0], product, 0, day_after(140 + after), SETTINGS)


def without(history: AssortmentHistory, product: str, everywhere: bool, factor: float = 1.0) -> AssortmentHistory:
    days = history.days
    mine = (days["product_id"] == product) & ((days["warehouse_id"] == "W0") | everywhere)
    rest = days[~mine].copy()
    rest.loc[rest["product_id"] == product, "sold"] *= factor
    return AssortmentHistory(rest, history.products, history.baskets)


def test_what_other_warehouses_sell_of_it_is_expected_here_too() -> None:
    history = small_shop(out=0.0)

    few, many = (launched(without(history, "a4", False, factor), "a4") for factor in (1.0, 3.0))

    assert few.from_warehouses == 1
    assert few.mean.sum() == pytest.approx(28 * 8, rel=0.15)
    assert many.mean.sum() == pytest.approx(3 * few.mean.sum(), rel=0.05)
    assert few.low < few.middle < few.high


def test_what_is_new_everywhere_is_expected_to_sell_like_its_siblings() -> None:
    forecast = launched(without(small_shop(out=0.0), "a4", True), "a4")

    assert forecast.from_warehouses == 0
    assert forecast.siblings == 7
    assert 28 * 4 < forecast.middle < 28 * 11


def test_days_that_were_sold_take_over_and_the_trial_ends_four_weeks_after_its_launch() -> None:
    whole = small_shop(days=154, out=0.0)
    others = without(whole, "a4", True)
    first = whole.days[(whole.days["product_id"] == "a4") & (whole.days["date"] >= day_after(140))]
    first = first[first["warehouse_id"] == "W0"].assign(sold=40.0)
    later = AssortmentHistory(pd.concat([others.days, first]), whole.products, whole.baskets)

    before, after = launched(others.before(day_after(140)), "a4"), launched(later, "a4", after=14)

    assert after.mean.sum() == pytest.approx(28 * 40, rel=0.15)
    assert after.sd < before.sd
    assert before.trial_until == after.trial_until == day_after(168).date()


def test_the_week_has_the_shape_of_its_category() -> None:
    history = small_shop(out=0.0)
    weekend = history.days["date"].dt.day_of_week >= 5
    history.days.loc[weekend, "sold"] *= 2

    mean = launched(without(history, "a4", False), "a4").mean

    saturday = np.flatnonzero(pd.date_range(day_after(140), periods=28).day_of_week == 5)
    monday = np.flatnonzero(pd.date_range(day_after(140), periods=28).day_of_week == 0)
    assert mean[saturday].sum() == pytest.approx(2 * mean[monday].sum(), rel=0.1)
