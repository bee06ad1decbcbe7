"""Forecasts of what sells no more fade, whatever model makes them, and come back with the next sale."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.still_selling import Silence
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin, SalesHistory
from forecasting.model.fading import ENDED, faded, silent_products
from forecasting.model.mean_models import TREES
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, panel_of
from tests.unit.forecasting.small_region import TRAINED_TO, Region

Models = Mapping[str, WarehouseModel]
GONE = pd.Timedelta(days=40)


def without_sales(region: Region, *, zeros: int, since: pd.Timestamp, product: str = "p03") -> Region:
    """The region in which a product of w0 has sold nothing since a day: so many days of 0, then no rows."""
    days = region.history.days
    silent = ((days["warehouse_id"] == "w0") & (days["product_id"] == product) & (days["date"] >= since)).to_numpy()
    hourly, in_stock = region.history.hourly_sales.copy(), region.history.in_stock.copy()
    hourly[silent], in_stock[silent] = 0, -1
    history = SalesHistory(days.assign(sales=days["sales"].where(~silent, 0.0)), hourly, in_stock)
    gone = silent & (days["date"] >= since + pd.Timedelta(days=zeros)).to_numpy()
    return replace(region, history=history).only(~gone)


def forecast(model: WarehouseModel, known: KnownAtOrigin) -> pd.DataFrame:
    return model.forecast(known, [1, 8]).set_index(["product_id", "date"])


def test_a_mixture_with_zero_has_the_quantiles_that_are_left_of_the_others() -> None:
    one = {"warehouse_id": "w", "product_id": "p", "mean": 5.0, "model": TREES}
    quantiles = dict(zip(QUANTILE_COLUMNS, [1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0], strict=True))
    doubled = {"all_days_factor": 2.0, **{f"all_days_{name}": 2 * value for name, value in quantiles.items()}}
    forecasts = pd.DataFrame([one | quantiles | doubled] * 4)
    silence = Silence(np.array([1.0, 0.5, 0.2, 0.004]), np.array([0.0, 3, 9, 30]), np.full(4, 9), np.full(4, np.inf))

    selling, doubtful, unlikely, ended = (row for _, row in faded(forecasts, silence).iterrows())

    pd.testing.assert_series_equal(selling, forecasts.iloc[0])
    # of demand that is there every second time: nothing up to its median, and half way up is where it begins
    assert doubtful["mean"] == 2.5
    assert list(doubtful[["q05", "q10", "q25"]]) == [0, 0, 0]
    assert doubtful["q75"] == pytest.approx(4.0)
    assert 6 < doubtful["q90"] < 9
    assert doubtful["q95"] == pytest.approx(9.0)
    assert list(doubtful[["all_days_q25", "all_days_q75", "all_days_q95"]]) == pytest.approx([0, 8, 18])
    assert unlikely["q75"] == 0
    assert unlikely["q90"] == pytest.approx(4.0)
    assert list(faded(forecasts, silence)["model"]) == [TREES, TREES, TREES, ENDED]
    assert ended["q95"] == 0
    assert ended["mean"] == pytest.approx(0.02)

    # one that sells as surely, and 2.5 a day over its latest gaps, is a mixture too, but in no doubt; 6 lower nothing
    sold_a_day = np.array([2.5, 6.0, np.inf, np.inf])
    rarely, often = faded(forecasts, Silence(np.ones(4), np.full(4, 40.0), np.full(4, 9), sold_a_day)).iloc[:2].iloc
    pd.testing.assert_series_equal(rarely, doubtful, check_names=False)
    pd.testing.assert_series_equal(often, forecasts.iloc[1])


@pytest.mark.parametrize("zeros", [40, 20, 0])
def test_what_has_ended_is_forecast_as_next_to_nothing_with_zeros_or_without(
    region: Region, known: KnownAtOrigin, models: Models, zeros: int
) -> None:
    before = forecast(models["w0"], known)
    quiet = without_sales(region, zeros=zeros, since=known.origin_day - GONE + pd.Timedelta(days=1))
    after = forecast(models["w0"], quiet.at_end_of(known.origin_day))

    assert (after.loc["p03", "model"] == ENDED).all()
    assert (after.loc["p03", "mean"] < 0.001 * before.loc["p03", "mean"]).all()
    assert (after.loc["p03", "q95"] == 0).all()
    others = after.drop("p03", level="product_id")
    assert (others["model"] == TREES).all()
    assert (others["mean"] / before.drop("p03", level="product_id")["mean"] - 1).abs().max() < 0.3


def test_smoothed_forecasts_fade_too(region: Region, known: KnownAtOrigin, region_model: RegionModel) -> None:
    smoothing = WarehouseModel("w0", replace(region_model, near=None, far=None))
    since = known.origin_day - pd.Timedelta(days=8)
    quiet = without_sales(region, zeros=0, since=since + pd.Timedelta(days=1)).at_end_of(known.origin_day)

    before, after = smoothing.forecast(known, [1]), smoothing.forecast(quiet, [1])
    of_gone = (before["product_id"] == "p03").to_numpy()

    assert 0 < float(after.loc[of_gone, "mean"].iloc[0]) < 0.3 * float(before.loc[of_gone, "mean"].iloc[0])
    pd.testing.assert_frame_equal(after[~of_gone], before[~of_gone])


def test_a_planned_price_revives_nothing_but_a_sale_does(region: Region, known: KnownAtOrigin, models: Models) -> None:
    quiet = without_sales(region, zeros=10, since=known.origin_day - GONE)
    promotions = region.promotions
    ours = (promotions["warehouse_id"] == "w0") & (promotions["product_id"] == "p03")
    offered = promotions.assign(discount=promotions["discount"].mask(ours, 0.5), promoted=promotions["promoted"] | ours)
    promoted = replace(quiet, promotions=offered)
    assert (forecast(models["w0"], promoted.at_end_of(known.origin_day)).loc["p03", "model"] == ENDED).all()

    sold = region.history.days
    last = ((sold["warehouse_id"] == "w0") & (sold["product_id"] == "p03") & (sold["date"] == TRAINED_TO)).to_numpy()
    kept = (quiet.history.days["date"] < TRAINED_TO).to_numpy() | (quiet.history.days["product_id"] != "p03").to_numpy()
    again = SalesHistory(
        pd.concat([quiet.history.days[kept], sold[last].assign(sales=9.0)], ignore_index=True),
        np.concatenate([quiet.history.hourly_sales[kept], np.full((1, 24), 0.375, dtype="f4")]),
        np.concatenate([quiet.history.in_stock[kept], np.ones((1, 24), dtype="i1")]),
    )
    back = forecast(models["w0"], replace(quiet, history=again).at_end_of(known.origin_day))
    assert (back.loc["p03", "model"] != ENDED).all()
    assert (back.loc["p03", "mean"] > 0.2).all()


def test_what_is_in_doubt_is_named_with_its_silence(region: Region, known: KnownAtOrigin, region_model) -> None:
    since = known.origin_day - pd.Timedelta(days=19)
    quiet = without_sales(region, zeros=5, since=since).at_end_of(known.origin_day)

    panel = panel_of(quiet, region_model)
    found = silent_products(panel, panel.last)

    (row,) = (row for _, row in found.iterrows() if row["silent_days"] > 14)
    assert (row["warehouse_id"], row["product_id"], bool(row["ended"])) == ("w0", "p03", True)
    assert row["last_sold_on"] == since - pd.Timedelta(days=1)
    assert row["silent_days"] == 20
    assert row["probability"] < 0.001


@pytest.mark.parametrize("sold_out_at", [24, 12])
def test_a_bulk_order_is_a_sale_and_ends_a_silence_also_where_it_sold_out(
    region: Region, known: KnownAtOrigin, region_model, sold_out_at: int
) -> None:
    sold = region.history.days
    of_series = ((sold["warehouse_id"] == "w0") & (sold["product_id"] == "p03")).to_numpy()
    quiet = of_series & (sold["date"] > TRAINED_TO - pd.Timedelta(days=8)).to_numpy()
    yesterday = of_series & (sold["date"] == TRAINED_TO).to_numpy()
    sales = sold["sales"].mask(quiet, 0).mask(yesterday, 900)
    hourly = region.history.hourly_sales.copy()
    hourly[quiet] = 0
    hourly[yesterday, :sold_out_at] = 900 / sold_out_at
    hourly[yesterday, sold_out_at:] = 0
    in_stock = region.history.in_stock.copy()
    in_stock[yesterday, sold_out_at:] = 0
    history = replace(region.history, days=sold.assign(sales=sales), hourly_sales=hourly, in_stock=in_stock)
    once = replace(region, history=history)

    panel = panel_of(once.at_end_of(known.origin_day), region_model)

    assert panel.bulk_orders["sales"].tolist() == [900]
    assert not len(silent_products(panel, panel.last).query("warehouse_id == 'w0' and product_id == 'p03'"))
