"""Which days' forecasts a plan sees, and what stands in for days that nobody forecast."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, forecasts
from warehouse.purchasing.need.forecast_days import forecast_days


def on(days: dict[int, float], product_id: str = "spinach") -> pd.DataFrame:
    """Forecasts of the given days after Monday, by their means."""
    return pd.concat(
        [forecasts(mean, product_id=product_id, first=MONDAY + timedelta(days=day)) for day, mean in days.items()]
    )


def test_quantiles_stand_in_order_with_the_probabilities_that_their_columns_name() -> None:
    told = on({0: 20.0})[["q90", "date", "mean", "q50", "product_id", "q10"]]
    found = forecast_days(told, ["spinach"], MONDAY, MONDAY)
    assert found.probabilities.tolist() == [0.1, 0.5, 0.9]
    assert found.quantiles.tolist() == [[[12.0, 20.0, 28.0]]]
    assert found.mean.tolist() == [[20.0]]


@pytest.mark.parametrize(
    ("told", "until", "means"),
    [
        ({0: 1, 1: 2, 2: 3}, 2, [1, 2, 3]),
        ({0: 1, 1: 2}, 0, [1, 2]),  # all that is forecast, also what nobody asked for
        ({0: 1, 1: 2, 3: 4}, 3, [1, 2, 2, 4]),  # the day before
        ({2: 3, 4: 5}, 4, [3, 3, 3, 3, 5]),  # the first day after, where none is before
        ({0: 1, 1: 2, 2: 3, 6: 7}, 9, [1, 2, 3, 3, 3, 3, 7, 1, 2, 3]),  # the same weekday of the week before
        ({0: 1}, 8, [1] * 9),
        ({-1: 9, 0: 1}, 1, [1, 1]),  # what lies before the first day is not looked at
    ],
)
def test_a_day_nobody_forecast_is_that_of_the_week_before_else_of_the_day_before(
    told: dict[int, float], until: int, means: list[float]
) -> None:
    found = forecast_days(on(told), ["spinach"], MONDAY, MONDAY + timedelta(days=until))
    assert found.mean.tolist() == [means]
    assert found.quantiles[0, :, 3].tolist() == means  # the median of an even spread is its mean
    assert found.extended.tolist() == [[day not in told for day in range(len(means))]]
    assert found.missing.tolist() == [False]


def test_what_is_not_forecast_at_all_is_nothing_and_missing() -> None:
    told = pd.concat([on({0: 4.0}), on({0: 9.0}, "okra")])
    found = forecast_days(told, ["leek", "spinach"], MONDAY, MONDAY)
    assert found.missing.tolist() == [True, False]
    assert found.mean.tolist() == [[0.0], [4.0]]
    assert (found.quantiles[0] == 0).all()


def test_without_any_forecast_all_days_are_there() -> None:
    found = forecast_days(on({0: 4.0})[:0], ["leek"], MONDAY, MONDAY + timedelta(days=2))
    assert found.mean.shape == (1, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"q25": 14.99, "q50": 14.98}, "has negative or crossing quantiles"),
        ({"q05": -0.01}, "has negative or crossing quantiles"),
        ({"q75": np.nan}, "has negative or crossing quantiles"),
    ],
)
def test_a_broken_forecast_is_refused_with_its_product_and_day(change: dict[str, float], words: str) -> None:
    told = pd.concat([on({0: 20.0}), on({1: 20.0}).assign(**change)])
    with pytest.raises(ValueError, match=f"^forecast of product spinach for 2026-03-03 {words}$"):
        forecast_days(told, ["spinach"], MONDAY, MONDAY)


def test_equal_quantiles_do_not_cross_and_nothing_may_be_wanted() -> None:
    told = on({0: 20.0}).assign(q05=0.0, q10=0.0, q25=0.0)
    assert forecast_days(told, ["spinach"], MONDAY, MONDAY).quantiles[0, 0, :3].tolist() == [0, 0, 0]


def test_a_day_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^forecast of product spinach for 2026-03-02 is given twice$"):
        forecast_days(pd.concat([on({0: 20.0}), on({0: 21.0})]), ["spinach"], MONDAY, MONDAY)


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match=r"^forecasts: missing columns \['date', 'mean', 'q05 .. q95'\]$"):
        forecast_days(pd.DataFrame({"product_id": ["spinach"]}), ["spinach"], MONDAY, MONDAY)
