"""The all-days factor: regions whose demand is known, and purchases stopped by a rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, SalesHistory
from forecasting.model.all_days_factor import FEATURES, bias_in_stock, factor_by, learned_factor, of_all_days
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import forecast_origins, train_warehouse_models
from tests.unit.forecasting.small_region import TRAINED_TO, Region, scarce, small_region

NEXT_DAYS = 14


@pytest.fixture(scope="module")
def larger() -> Region:
    return small_region(warehouses=10)


def forecast_beside_demand(region: Region, quick: TrainingSettings) -> tuple[RegionModel, pd.DataFrame]:
    """Forecasts one day ahead of the days after a training, of days seen whole, with the demand that came."""
    known = region.at_end_of(TRAINED_TO)
    region_model = train_region_model(known, replace(quick, horizons=(1,)))
    last = TRAINED_TO + pd.Timedelta(days=NEXT_DAYS - 1)
    origins = list(pd.date_range(TRAINED_TO, last))
    found = forecast_origins(
        region.at_end_of(last), train_warehouse_models(known, region_model), region_model, origins, [1]
    )
    truth = region.history.days[["warehouse_id", "product_id", "date"]].assign(demand=region.demand)
    return region_model, found.merge(truth, on=["warehouse_id", "product_id", "date"])


def test_where_products_sell_out_on_busy_days_the_demand_of_all_days_is_forecast(
    larger: Region, quick: TrainingSettings
) -> None:
    _, beside = forecast_beside_demand(scarce(larger), quick)

    demand = beside["demand"].sum()
    on_all_days = of_all_days(beside)
    missing = demand - beside["mean"].sum()
    assert missing > 0.20 * demand  # days seen whole are the quiet ones
    # whole days here are high or low together (a gamma factor of shape 4), which hides a part
    assert -0.05 * demand < demand - on_all_days["mean"].sum() < 0.5 * missing
    too_little = (beside["demand"] > beside["q90"]).mean()
    assert (beside["demand"].to_numpy() > on_all_days["q90"].to_numpy()).mean() < 0.6 * too_little


def test_what_was_sold_while_in_stock_shows_it_without_the_truth(larger: Region, quick: TrainingSettings) -> None:
    region = scarce(larger)
    region_model, beside = forecast_beside_demand(region, quick)
    later = region.at_end_of(TRAINED_TO + pd.Timedelta(days=NEXT_DAYS))

    found = bias_in_stock(later, region_model.profiles, beside)

    assert found["seen_whole"] < -0.1
    assert found["all_days"] == pytest.approx(0, abs=0.05)
    of_double = bias_in_stock(later, region_model.profiles, beside.assign(mean=2 * beside["mean"]))
    assert of_double["seen_whole"] == pytest.approx(2 * found["seen_whole"] + 1)


@pytest.mark.parametrize("risen", [1.0, 1.25])
def test_where_stock_outs_are_accidents_days_seen_whole_are_like_all(
    larger: Region, quick: TrainingSettings, risen: float
) -> None:
    # also where all demand has risen in the days that the factor is learned from: the trees learn that themselves
    days = larger.history.days
    lately = np.where(days["date"] > TRAINED_TO - pd.Timedelta(days=14), risen, 1.0)
    hourly = larger.history.hourly_sales * lately[:, None].astype(np.float32)
    history = SalesHistory(days.assign(sales=days["sales"] * lately), hourly, larger.history.in_stock)
    region_model, beside = forecast_beside_demand(replace(larger, history=history), quick)

    assert region_model.trees is not None
    assert region_model.trees.all_days_factor is not None
    weighed = (beside["all_days_factor"] * beside["mean"]).sum() / beside["mean"].sum()
    assert weighed == pytest.approx(1, abs=0.03)


def test_the_factor_is_the_series_own_and_no_day_s(larger: Region, quick: TrainingSettings) -> None:
    # given prices that are planned two days ahead only
    known = scarce(larger).at_end_of(TRAINED_TO)
    region_model = train_region_model(known, quick)
    found = forecast_origins(
        known, train_warehouse_models(known, region_model), region_model, [TRAINED_TO], [1, 2, 7, 14]
    )

    of_series = found.groupby(["warehouse_id", "product_id"])["all_days_factor"]
    assert (of_series.nunique() == 1).all()
    assert found["all_days_factor"].nunique() > 1


def test_without_stock_outs_there_is_no_factor(region: Region, quick: TrainingSettings) -> None:
    never_out = replace(region.history, in_stock=np.ones_like(region.history.in_stock))
    region_model, beside = forecast_beside_demand(replace(region, history=never_out), quick)

    assert region_model.trees is not None
    assert region_model.trees.all_days_factor is None
    assert (beside["all_days_factor"] == 1).all()


def test_the_factor_is_kept_with_the_model(larger: Region, quick: TrainingSettings) -> None:
    region_model, beside = forecast_beside_demand(scarce(larger), quick)

    read = RegionModel.from_bytes(region_model.to_bytes())

    assert region_model.trees is not None
    assert read.trees is not None
    values = np.random.default_rng(1).random((50, len(FEATURES)), dtype=np.float32)
    assert np.array_equal(read.trees.factor_of(values, FEATURES), region_model.trees.factor_of(values, FEATURES))
    assert beside["all_days_factor"].mean() > 1.1


@settings(max_examples=15)
@given(truth=st.floats(0.8, 1.6), stock=st.floats(0.6, 1.5), seed=st.integers(0, 1000))
def test_purchases_stopped_when_stock_ends_give_the_rate_without_bias(truth: float, stock: float, seed: int) -> None:
    # days on which 10 were forecast and 10 x truth wanted, one by one through the day, until the stock is gone
    random = np.random.default_rng(seed)
    forecast, days = 10.0, 20_000
    left = random.poisson(forecast * stock, days) + 1
    arrivals = random.exponential(1 / (forecast * truth), (days, 60)).cumsum(axis=1)
    sold = np.minimum((arrivals < 1).sum(axis=1), left).astype(np.float32)
    until = np.where(sold == left, arrivals[np.arange(days), left - 1], 1.0).astype(np.float32)
    features = np.zeros((days, len(FEATURES)), dtype=np.float32)
    whole = until == 1

    trees = learned_factor(features, FEATURES, sold, until * np.float32(forecast), whole, seed=1)

    of_whole_days = sold[whole].mean() / forecast
    assert of_whole_days < truth
    assert of_whole_days * factor_by(trees, features, FEATURES).mean() == pytest.approx(truth, rel=0.03)


@pytest.mark.parametrize(("cut_short", "expected"), [(5, 1 + 5 / 55 * (600 / 550 - 1)), (50, 1 + 50 / 100 * 0.5)])
def test_with_few_days_cut_short_the_factor_stays_near_1(cut_short: int, expected: float) -> None:
    # given fifty days seen whole that sold the 10 forecast, and days cut short that sold 20 where 10 were due; fifty
    # days cut short weigh as much as the factor 1
    whole = np.arange(50 + cut_short) < 50
    sales = np.where(whole, 10, 20).astype(np.float32)
    features = np.zeros((len(whole), len(FEATURES)), dtype=np.float32)

    trees = learned_factor(features, FEATURES, sales, np.full_like(sales, 10), whole, seed=1)

    np.testing.assert_allclose(factor_by(trees, features, FEATURES), expected, rtol=1e-3)


def test_every_number_is_multiplied_and_nothing_else_changes() -> None:
    numbers = [*QUANTILE_COLUMNS, "mean"]
    days = pd.DataFrame(
        {"warehouse_id": "w", "product_id": ["a", "b"], "date": pd.Timestamp("2026-05-01"), "model": "lightgbm"}
    ).assign(origin=pd.Timestamp("2026-04-30"), all_days_factor=[1.0, 1.5], **dict.fromkeys(numbers, 2.0))

    found = of_all_days(days)

    assert tuple(found.columns) == FORECAST_COLUMNS
    assert found[numbers].to_numpy().tolist() == [[2.0] * 8, [3.0] * 8]
