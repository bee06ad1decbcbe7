from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.evaluation.backtest import backtest
from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.mean_models import SMOOTHING, TREES
from forecasting.model.model_files import ModelFormatError
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import Trees
from forecasting.model.warehouse_model import (
    WarehouseModel,
    forecast_origins,
    train_warehouse_model,
    train_warehouse_models,
)
from tests.unit.forecasting.plain_scores import coverage, wape
from tests.unit.forecasting.small_region import DAYS, FIRST, TRAINED_TO, Region, selling, small_region

Models = dict[str, WarehouseModel]


def test_every_product_gets_a_distribution_for_each_of_fourteen_days(known: KnownAtOrigin, models: Models) -> None:
    forecast = models["w3"].forecast(known)
    assert list(forecast.columns) == list(FORECAST_COLUMNS)
    assert len(forecast) == 14 * 14  # products by days
    assert not forecast.isna().any().any()
    assert (forecast["model"] == TREES).all()
    assert (forecast["origin"] == known.origin_day).all()
    ahead = (forecast["date"] - forecast["origin"]).dt.days
    assert sorted(ahead.unique()) == list(range(1, 15))


def test_quantiles_never_cross_and_are_never_negative(known: KnownAtOrigin, models: Models) -> None:
    for model in models.values():
        quantiles = model.forecast(known)[list(QUANTILE_COLUMNS)].to_numpy()
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert (quantiles >= 0).all()


def test_many_origins_and_warehouses_at_once_are_the_same_as_one_by_one(
    region: Region, region_model: RegionModel, models: Models
) -> None:
    last = TRAINED_TO + pd.Timedelta(days=6)
    origins = [TRAINED_TO, TRAINED_TO + pd.Timedelta(days=5), last]
    batch = forecast_origins(region.at_end_of(last), models, region_model, origins, [1, 2, 7])
    for origin in origins:
        for name, model in models.items():
            one = model.forecast(region.at_end_of(origin), [1, 2, 7])
            same = batch[(batch["origin"] == origin) & (batch["warehouse_id"] == name)].reset_index(drop=True)
            pd.testing.assert_frame_equal(one, of_all_days(same), check_exact=True)


def test_a_warehouse_retrained_alone_is_the_warehouse_trained_with_all(
    known: KnownAtOrigin, region_model: RegionModel, models: Models
) -> None:
    alone = train_warehouse_model(known, "w4", region_model)
    assert (alone.level, alone.spread) == (models["w4"].level, models["w4"].spread)


def test_what_all_warehouses_sell_more_is_the_level_of_none(region: Region, quick: TrainingSettings) -> None:
    # given a half more of everything on the days held out, which the served mean has learned, and levels that count
    days = region.history.days
    lately = days["date"] > TRAINED_TO - pd.Timedelta(days=quick.hold_out_days)
    known = selling(region, np.where(lately, 1.5, 1.0)).at_end_of(TRAINED_TO)
    region_model = train_region_model(known, replace(quick, horizons=(1,)))
    assert region_model.near is not None
    trusting = replace(region_model, near=replace(region_model.near, level_pull=100.0))

    levels = [model.level for model in train_warehouse_models(known, trusting).values()]

    assert np.mean(levels) == pytest.approx(1, abs=0.03)
    assert np.std(levels) > 0.01, "they are not all 1 for another reason"


def test_a_warehouse_needs_only_its_own_city(region: Region, known: KnownAtOrigin, models: Models) -> None:
    north = region.warehouses.loc[region.warehouses["city"] == "north", "warehouse_id"]
    of_north = region.only(region.history.days["warehouse_id"].isin(north).to_numpy()).at_end_of(known.origin_day)
    pd.testing.assert_frame_equal(models["w2"].forecast(known), models["w2"].forecast(of_north), check_exact=True)


def test_a_warehouse_without_sales_is_named(known: KnownAtOrigin, region_model: RegionModel) -> None:
    with pytest.raises(ValueError, match="w99"):
        train_warehouse_model(known, "w99", region_model)


def test_models_survive_being_written_and_read(known: KnownAtOrigin, region_model: RegionModel, models: Models) -> None:
    read_region_model = RegionModel.from_bytes(region_model.to_bytes())
    read = WarehouseModel.from_bytes(models["w0"].to_bytes(), read_region_model)
    pd.testing.assert_frame_equal(read.forecast(known), models["w0"].forecast(known), check_exact=True)
    assert read_region_model.settings == region_model.settings
    assert read_region_model.to_bytes() == region_model.to_bytes()


def test_more_than_ten_averaged_models_are_read_in_the_order_in_which_they_were_grown(
    region_model: RegionModel,
) -> None:
    assert region_model.near is not None
    twelve = replace(region_model, near=replace(region_model.near, mean=Trees.of(*region_model.near.mean.boosters * 2)))
    assert isinstance(region_model.near.mean, Trees)
    assert len(region_model.near.mean.boosters) == 6

    assert RegionModel.from_bytes(twelve.to_bytes()).to_bytes() == twelve.to_bytes()


def test_bytes_that_are_no_model_are_refused(region_model: RegionModel, models: Models) -> None:
    with pytest.raises(ModelFormatError, match="not a region model"):
        RegionModel.from_bytes(b"something else")
    with pytest.raises(ModelFormatError, match="expected a region model"):
        RegionModel.from_bytes(models["w0"].to_bytes())


def test_a_new_product_is_forecast_from_its_siblings_with_wider_quantiles(
    region: Region, known: KnownAtOrigin, models: Models
) -> None:
    days = region.history.days
    new_here = ((days["warehouse_id"] == "w0") & (days["product_id"] == "p04")).to_numpy()
    just_begun = new_here & (days["date"] < known.origin_day - pd.Timedelta(days=1)).to_numpy()
    begun = region.only(~just_begun).at_end_of(known.origin_day)
    of_new = models["w0"].forecast(begun, [1]).set_index("product_id").loc["p04"]
    of_old = models["w0"].forecast(known, [1]).set_index("product_id").loc["p04"]
    assert of_new["model"] == TREES
    assert of_new["mean"] == pytest.approx(of_old["mean"], rel=0.6)
    width = {name: (f["q90"] - f["q10"]) / f["mean"] for name, f in (("new", of_new), ("old", of_old))}
    assert width["new"] > width["old"]


def test_a_region_with_too_little_to_learn_from_is_smoothed(region: Region) -> None:
    fortnight = FIRST + pd.Timedelta(days=13)
    known = region.at_end_of(fortnight)
    end = fortnight + pd.Timedelta(days=3)
    forecast = backtest(region.at_end_of(end), fortnight + pd.Timedelta(days=1), end)
    assert (forecast["model"] == SMOOTHING).all()
    assert len(forecast) == 3 * 6 * 14
    quantiles = forecast[list(QUANTILE_COLUMNS)].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all()
    assert forecast["origin"].min() == known.origin_day


def test_a_product_that_was_never_in_stock_still_gets_a_forecast(
    region: Region, known: KnownAtOrigin, models: Models
) -> None:
    history = region.history
    never = ((history.days["warehouse_id"] == "w0") & (history.days["product_id"] == "p04")).to_numpy()
    in_stock, hourly, days = history.in_stock.copy(), history.hourly_sales.copy(), history.days.copy()
    in_stock[never], hourly[never] = 0, 0
    days.loc[never, "sales"] = 0.0
    changed = KnownAtOrigin.at(
        known.origin,
        history=type(history)(days, hourly, in_stock),
        promotions=region.promotions,
        weather=region.weather,
        products=region.products,
        warehouses=region.warehouses,
        zone=known.zone,
    )
    forecast = models["w0"].forecast(changed, [1]).set_index("product_id").loc["p04"]
    assert forecast["mean"] > 0


@pytest.fixture(scope="module")
def scored(quick: TrainingSettings) -> pd.DataFrame:
    """A larger region, two weeks after training, a day ahead, beside the demand that really was."""
    region = small_region(seed=9, warehouses=8, products=60)
    region_model = train_region_model(region.at_end_of(TRAINED_TO), quick)
    models = train_warehouse_models(region.at_end_of(TRAINED_TO), region_model)
    last = FIRST + pd.Timedelta(days=DAYS - 1)
    origins = list(pd.date_range(TRAINED_TO, last - pd.Timedelta(days=1)))
    forecast = forecast_origins(region.at_end_of(last), models, region_model, origins, [1])
    truth = region.history.days[["warehouse_id", "product_id", "date"]].assign(demand=region.demand)
    return forecast.merge(truth, on=["warehouse_id", "product_id", "date"]).merge(region.products, on="product_id")


@pytest.mark.parametrize("unit", ["kg", "piece"])
def test_quantiles_cover_what_they_say(scored: pd.DataFrame, unit: str) -> None:
    of_unit = scored[scored["unit"] == unit]
    for column in QUANTILE_COLUMNS:
        nominal = int(column[1:]) / 100
        below = (of_unit["demand"] < of_unit[column]).mean()
        assert below - 0.04 <= nominal <= coverage(of_unit["demand"], of_unit[column]) + 0.04, column


def test_the_median_beats_the_mean_of_the_last_seven_days(scored: pd.DataFrame) -> None:
    mean = scored.groupby(["warehouse_id", "product_id"])["demand"].transform(lambda s: s.shift(1).rolling(7).mean())
    naive = scored.assign(naive=mean).dropna(subset="naive")
    assert wape(naive["demand"], naive["q50"]) < 0.93 * wape(naive["demand"], naive["naive"])


def test_horizons_beyond_two_weeks_are_refused() -> None:
    with pytest.raises(ValueError, match="1-14"):
        TrainingSettings(horizons=(1, 15))
