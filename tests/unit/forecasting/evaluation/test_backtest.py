"""Rolling origins: which days are forecast from when, and what their models know."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from forecasting.evaluation.backtest import backtest, replay, rolling_origins
from forecasting.model.training_settings import TrainingSettings
from tests.unit.forecasting.small_region import TRAINED_TO, Region

DAY = pd.Timedelta(days=1)
START, END = TRAINED_TO + 4 * DAY, TRAINED_TO + 6 * DAY


@pytest.fixture(scope="module")
def frame(region: Region, quick: TrainingSettings) -> pd.DataFrame:
    return backtest(region.at_end_of(END + 2 * DAY), START, END, [3, 1], replace(quick, horizons=(1, 3)))


def test_every_day_is_forecast_once_from_every_horizon(frame: pd.DataFrame) -> None:
    ahead = (frame["date"] - frame["origin"]).dt.days
    assert len(frame) == 6 * 14 * 3 * 2
    assert frame.groupby(ahead).size().to_dict() == {1: 6 * 14 * 3, 3: 6 * 14 * 3}
    assert not frame.duplicated(["warehouse_id", "product_id", "date", "origin"]).any()
    assert set(frame["date"]) == set(pd.date_range(START, END))


def test_no_forecast_knows_more_than_its_origin_not_even_through_its_model(
    region: Region, quick: TrainingSettings, frame: pd.DataFrame
) -> None:
    first_origin = START - 3 * DAY
    days = region.history.days.copy()
    later = (days["date"] > first_origin).to_numpy()
    days.loc[later, "sales"] *= 30
    tampered = replace(region, history=replace(region.history, days=days))

    again = backtest(tampered.at_end_of(END), START, END, [1, 3], replace(quick, horizons=(1, 3)))

    from_first = frame["origin"] == first_origin
    pd.testing.assert_frame_equal(frame[from_first], again[from_first], check_exact=True)
    assert not frame[~from_first]["q50"].equals(again[~from_first]["q50"])


def test_one_horizon_of_several_equals_a_backtest_of_that_many_days_alone(
    region: Region, quick: TrainingSettings, frame: pd.DataFrame
) -> None:
    settings = replace(quick, horizons=(1, 3))
    alone = backtest(region.at_end_of(END), START, END, [3], settings)
    farthest = frame[frame["date"] - frame["origin"] == 3 * DAY].reset_index(drop=True)
    keys = ["warehouse_id", "product_id", "date"]
    pd.testing.assert_frame_equal(
        farthest.sort_values(keys, ignore_index=True), alone.sort_values(keys, ignore_index=True), check_exact=True
    )


def test_origins_roll_with_the_horizons_that_reach_a_day_asked_for() -> None:
    origins = rolling_origins(pd.Timestamp("2026-05-08"), pd.Timestamp("2026-05-09"), [1, 7])
    assert {f"{day:%m-%d}": ahead for day, ahead in origins.items()} == {
        "05-01": [7],
        "05-02": [7],
        "05-07": [1],
        "05-08": [1],
    }


def test_what_was_replayed_comes_with_the_panel_it_was_forecast_from(region: Region, quick: TrainingSettings) -> None:
    found = replay(region.at_end_of(END), START, END, [1], replace(quick, horizons=(1,)))
    assert found.panel.day(found.panel.last) == END - DAY
    assert set(found.forecasts["origin"]) == set(found.origins)


def test_days_in_the_wrong_order_are_refused(region: Region) -> None:
    with pytest.raises(ValueError, match="lies before"):
        replay(region.at_end_of(END), END, START)


def test_models_trained_again_on_the_way_serve_only_later_origins(
    region: Region, quick: TrainingSettings, frame: pd.DataFrame
) -> None:
    settings = replace(quick, horizons=(1, 3))
    found = replay(region.at_end_of(END), START, END, [1, 3], settings, retrain_days=2)
    assert list(found.choices) == [START - 3 * DAY, START - DAY, START + DAY]
    again = found.forecasts
    early = again["origin"] < START - DAY
    keys = ["warehouse_id", "product_id", "date", "origin"]
    before = frame[frame["origin"] < START - DAY].sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(again[early].sort_values(keys, ignore_index=True), before, check_exact=True)
    assert len(again) == len(frame)
    alone = replay(region.at_end_of(END), START + 2 * DAY, END, [1], settings).forecasts
    last = again[(again["origin"] == START + DAY) & (again["date"] == START + 2 * DAY)]
    pd.testing.assert_frame_equal(
        last.sort_values(keys, ignore_index=True), alone.sort_values(keys, ignore_index=True), check_exact=True
    )
