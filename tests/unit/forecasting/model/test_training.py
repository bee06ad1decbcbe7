from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import hourly_forecast
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.hold_out import rolling_hold_out_forecasts
from forecasting.model.kept_dependence import kept_dependence
from forecasting.model.region_model import RegionModel
from forecasting.model.training import learned_dependence, train_region
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import panel_of, train_warehouse_model
from tests.unit.forecasting.small_region import HOURLY, TRAINED_TO


@pytest.fixture(scope="module")
def trained(known: KnownAtOrigin, quick: TrainingSettings) -> RegionModel:
    return train_region(known, quick)


def test_a_region_is_trained_to_the_same_days_and_knows_their_hours(
    known: KnownAtOrigin, region_model: RegionModel, trained: RegionModel
) -> None:
    forecast = train_warehouse_model(known, "w0", trained).forecast(known, range(1, 4))

    pd.testing.assert_frame_equal(
        forecast, train_warehouse_model(known, "w0", region_model).forecast(known, range(1, 4))
    )
    assert trained.hours is not None
    hourly = hourly_forecast(forecast, trained.hours)
    of_days = hourly.groupby(["product_id", "date"])["mean"].sum()
    expected = forecast.set_index(["product_id", "date"])["mean"].astype(float)
    pd.testing.assert_series_equal(of_days, expected.sort_index(), rtol=1e-12)
    by_hour = hourly.groupby("hour")["mean"].sum().to_numpy()
    np.testing.assert_allclose(by_hour / by_hour.sum(), HOURLY, atol=0.01)


def test_what_was_learned_is_kept(trained: RegionModel, known: KnownAtOrigin) -> None:
    again = RegionModel.from_bytes(trained.to_bytes())

    assert again.to_bytes() == trained.to_bytes()
    assert again.dependence == trained.dependence == kept_dependence(trained.to_bytes())
    assert trained.hours is not None
    assert again.hours is not None
    rows = known.history.days.iloc[:40]
    np.testing.assert_array_equal(again.hours.of(rows), trained.hours.of(rows))


def test_a_region_model_for_days_alone_keeps_neither_hours_nor_dependence(region_model: RegionModel) -> None:
    again = RegionModel.from_bytes(region_model.to_bytes())

    assert again.hours is None
    assert again.dependence == Dependence.usual() == kept_dependence(b"something else")


def test_hold_out_forecasts_lie_within_the_hold_out_days(known: KnownAtOrigin, region_model: RegionModel) -> None:
    forecasts = rolling_hold_out_forecasts(panel_of(known, region_model), region_model, ["w0", "w3"])

    assert set(forecasts["warehouse_id"]) == {"w0", "w3"}
    origins = sorted(forecasts["origin"].unique())
    assert origins == [TRAINED_TO - pd.Timedelta(days=before) for before in (7, 5, 3)]
    assert (forecasts["date"] > forecasts["origin"]).all()
    assert (forecasts.groupby("origin")["date"].max() == TRAINED_TO).all()


def test_what_the_served_mean_alone_has_learned_changes_no_hold_out_forecast(
    known: KnownAtOrigin, region_model: RegionModel
) -> None:
    # given levels that count, and a served mean that tells half more than the hold-out one
    near, panel = region_model.near, panel_of(known, region_model)
    assert near is not None
    learned, nothing_learned = (
        replace(region_model, near=replace(near, level_pull=100.0, learned_since=since)) for since in (1.5, 1.0)
    )

    found = rolling_hold_out_forecasts(panel, learned, ["w0", "w3"])

    pd.testing.assert_frame_equal(found, rolling_hold_out_forecasts(panel, nothing_learned, ["w0", "w3"]))


def test_errors_that_last_for_days_are_found_to_go_together(known: KnownAtOrigin, region_model: RegionModel) -> None:
    """Every other product sells half more in the last week, the others half less: what missed one day misses the
    next."""
    days = known.history.days
    last_week = (days["date"] > TRAINED_TO - pd.Timedelta(days=7)).to_numpy()
    more = days["product_id"].str[1:].astype(int).to_numpy() % 2 == 1
    changed = np.where(last_week, np.where(more, 1.5, 0.5), 1.0)
    moved = replace(known.history, days=days.assign(sales=days["sales"] * changed),
                    hourly_sales=known.history.hourly_sales * changed[:, None].astype(np.float32))  # fmt: skip

    together = learned_dependence(panel_of(replace(known, history=moved), region_model), region_model)
    apart = learned_dependence(panel_of(known, region_model), region_model)

    assert np.mean(together.by_distance) > 1.5 * np.mean(apart.by_distance)


def test_without_trees_the_dependence_is_the_usual_one(known: KnownAtOrigin, region_model: RegionModel) -> None:
    assert (
        learned_dependence(panel_of(known, region_model), replace(region_model, near=None, far=None))
        == Dependence.usual()
    )
