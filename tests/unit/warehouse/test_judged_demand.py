"""What a buyer expects takes the place of the forecast's mean and keeps its shape."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, forecasts
from warehouse.purchasing.need.judged_demand import DISTRIBUTION, JudgedDemand, with_judged_demand

TUESDAY = MONDAY + timedelta(days=1)


def _judged(quantity: float, first: date = MONDAY, last: date = MONDAY, product_id: str = "spinach") -> JudgedDemand:
    return JudgedDemand(product_id, first, last, quantity, "Li Na", "a fair")


def test_the_mean_becomes_the_judged_quantity_and_spread_follows_in_proportion() -> None:
    forecast = forecasts(20, 20)
    found = with_judged_demand(forecast, [_judged(60)])
    assert found["mean"].tolist() == [60, 20]
    assert found.loc[0, DISTRIBUTION].astype(float).tolist() == pytest.approx(
        (3 * forecast.loc[0, DISTRIBUTION].astype(float)).tolist()
    )
    pd.testing.assert_frame_equal(found.iloc[[1]], forecast.iloc[[1]])


def test_of_two_judgements_of_a_day_the_later_counts_and_other_products_keep_theirs() -> None:
    judged = [_judged(60, MONDAY, TUESDAY), _judged(5, TUESDAY, TUESDAY), _judged(99, product_id="milk")]
    assert with_judged_demand(forecasts(20, 20), judged)["mean"].tolist() == [60, 5]


def test_what_was_forecast_as_nothing_is_judged_all_the_same() -> None:
    found = with_judged_demand(forecasts(0), [_judged(12)])
    assert set(found.loc[0, DISTRIBUTION]) == {12}
    assert set(with_judged_demand(forecasts(20), [_judged(0)]).loc[0, DISTRIBUTION]) == {0}
