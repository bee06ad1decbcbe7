from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, nbinom

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.hours import HourlyShares, hourly_forecast
from forecasting.distribution.purchase_sizes import (
    VOLUMES,
    PurchaseSizes,
    bunching_by_volume,
    hourly_quantiles,
    hourly_variance,
    sizes_of_purchases,
)
from forecasting.known.frames import HOURLY_FORECAST_COLUMNS, QUANTILE_COLUMNS, QUANTILES, FrameError, SalesHistory
from tests.unit.forecasting.small_region import HOURLY, Region

DAY = pd.Timestamp("2026-06-22")


def daily(quantiles: list[float], mean: float, product_id: str = "p00", warehouse_id: str = "w0") -> pd.DataFrame:
    """One day's forecast."""
    row = {"warehouse_id": warehouse_id, "product_id": product_id, "date": DAY, "origin": DAY - pd.Timedelta(days=1)}
    return pd.DataFrame([row | dict(zip(QUANTILE_COLUMNS, quantiles, strict=True)) | {"mean": mean, "model": "x"}])


def shares_of(size: float = 0.1, whole: bool = True, bunching: float = 0.05) -> HourlyShares:
    """Everyone sells by the small region's profile, in purchases of one size."""
    names = frozenset({"p00"} if whole else ())
    profiles = HourlyProfiles({("", False): tuple(HOURLY), ("", True): tuple(HOURLY)})
    return HourlyShares(profiles, {}, PurchaseSizes({"p00": size}, size, names, np.full(len(VOLUMES), bunching)))


@pytest.fixture(scope="module")
def learned(region: Region) -> HourlyShares:
    return HourlyShares.learn(region.history, region.products)


forecast_rows = st.lists(
    st.floats(0, 300, allow_nan=False, allow_subnormal=False), min_size=len(QUANTILES), max_size=len(QUANTILES)
).map(sorted)


def test_hours_in_which_products_are_gone_are_not_hours_in_which_nobody_buys(
    region: Region, learned: HourlyShares
) -> None:
    rows = region.history.days.iloc[:50]
    evening = slice(18, 23)
    sold = region.history.hourly_sales.sum(axis=0)

    assert sold[evening].sum() / sold.sum() < 0.9 * HOURLY[evening].sum()
    np.testing.assert_allclose(learned.of(rows), np.tile(HOURLY, (50, 1)), atol=0.01)


def test_a_product_that_sells_in_the_evening_everywhere_keeps_its_evening(region: Region) -> None:
    evening = np.roll(HOURLY, 6)
    history = region.history
    own = (history.days["product_id"] == "p03").to_numpy()
    hourly = history.hourly_sales.copy()
    hourly[own] = (region.demand[own, None] * evening * (history.in_stock[own] != 0)).astype(np.float32)
    shares = HourlyShares.learn(SalesHistory(history.days, hourly, history.in_stock), region.products)

    found = shares.of(history.days[own].iloc[:1])[0]

    assert np.abs(found - evening).sum() < 0.25 * np.abs(found - HOURLY).sum()


def test_without_hours_every_hour_has_the_same_share(region: Region) -> None:
    shares = HourlyShares.learn(SalesHistory.of_days(region.history.days), region.products)
    forecast = hourly_forecast(daily([1, 2, 3, 4, 5, 6, 7], 4), shares)

    np.testing.assert_allclose(forecast["mean"], 4 / 24)


def test_a_product_or_warehouse_never_seen_has_the_shares_of_all(learned: HourlyShares) -> None:
    forecast = hourly_forecast(daily([1, 2, 3, 4, 5, 6, 7], 4, "unheard of", "new"), learned)

    np.testing.assert_allclose(forecast["mean"], 4 * HOURLY, atol=0.04)


@given(quantiles=forecast_rows, mean=st.floats(0, 300), whole=st.booleans(), bunching=st.floats(0, 0.9))
@settings(max_examples=60, deadline=None)
def test_hours_add_up_to_the_day_and_quantiles_never_cross(
    quantiles: list[float], mean: float, whole: bool, bunching: float
) -> None:
    forecast = hourly_forecast(daily(quantiles, mean), shares_of(0.1, whole, bunching))

    found = forecast[list(QUANTILE_COLUMNS)].to_numpy()
    assert tuple(forecast.columns) == HOURLY_FORECAST_COLUMNS
    assert forecast["hour"].tolist() == list(range(24))
    assert forecast["mean"].sum() == pytest.approx(mean, rel=1e-12)
    assert (found >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()


def test_an_hour_that_seldom_sells_has_zero_as_its_median_and_one_purchase_above() -> None:
    forecast = hourly_forecast(daily([0.2, 0.3, 0.5, 0.7, 1.0, 1.3, 1.6], 0.75), shares_of())
    hour = forecast.loc[forecast["hour"] == 20].iloc[0]

    assert hour["mean"] < 0.05
    assert hour["q50"] == 0
    assert hour["q90"] == pytest.approx(0.1)


def test_products_sold_in_whole_purchases_have_quantiles_of_whole_purchases() -> None:
    forecast = hourly_forecast(daily([5, 10, 20, 40, 60, 90, 120], 45), shares_of(1.0))

    found = forecast[list(QUANTILE_COLUMNS)].to_numpy()
    np.testing.assert_array_equal(found, np.round(found))


@pytest.mark.parametrize("shape", [0.3, 2.0, 40.0])
@pytest.mark.parametrize("number", [0.02, 0.4, 3.0, 30.0, 250.0])
def test_quantiles_are_those_of_the_negative_binomial(number: float, shape: float) -> None:
    variance = number + number**2 / shape
    size = np.array([0.5])

    found = hourly_quantiles(np.array([number * 0.5]), np.array([variance * 0.25]), size, np.array([True]))[0] / 0.5
    # the shape is taken from a grid in steps of 17%
    either = [nbinom.ppf(QUANTILES, k, k / (k + number)) for k in (shape / 1.1, shape * 1.1)]

    assert (found >= np.minimum(*either) * 0.98 - 1e-9).all()
    assert (found <= np.maximum(*either) * 1.02 + 1e-9).all()


def test_quantiles_agree_with_days_split_purchase_by_purchase() -> None:
    """Slow truth: the mixture of beta-binomials over the day's own distribution."""
    share, bunching, purchases_a_day = 0.1, 0.05, np.arange(4, 17)
    concentration = 1 / bunching - 1
    counts = np.arange(0, 17)
    chance = np.mean(
        [betabinom.cdf(counts, n, concentration * share, concentration * (1 - share)) for n in purchases_a_day], axis=0
    )
    truth = counts[(chance[None, :] < np.array(QUANTILES)[:, None] - 1e-12).sum(axis=1)]

    mean, variance = purchases_a_day.mean(), purchases_a_day.var()
    one = np.ones(1)
    of_hour = hourly_variance(np.array([[share]]), mean * one, variance * one, one, bunching * one)[0]
    found = hourly_quantiles(share * mean * one, of_hour, one, np.array([True]))[0]

    np.testing.assert_array_equal(found, truth)


def test_the_variance_of_an_hour_is_that_of_sampled_days() -> None:
    rng = np.random.default_rng(1)
    share, bunching, size = 0.2, 0.1, 0.5
    day = rng.integers(2, 20, 200_000)
    weight = rng.beta((1 / bunching - 1) * share, (1 / bunching - 1) * (1 - share), len(day))
    sampled = rng.binomial(day, weight) * size

    demand = day * size
    one = np.ones(1)
    found = hourly_variance(np.array([[share]]), demand.mean() * one, demand.var() * one, size * one, bunching * one)

    assert found[0, 0] == pytest.approx(sampled.var(), rel=0.02)


@pytest.mark.parametrize(("step", "whole"), [(0.1, True), (1.0, True), (0.25, True), (None, False)])
def test_steps_are_found_where_sales_come_in_them(step: float | None, whole: bool) -> None:
    rng = np.random.default_rng(3)
    count = rng.poisson(0.6, (400, 24))
    sales = count * step if step else count * rng.gamma(8, 0.02, count.shape)

    size, found = sizes_of_purchases(
        sales.astype(np.float32), np.ones(sales.shape, dtype=bool), np.zeros(400, dtype=np.intp), 1
    )

    assert found[0] == whole
    assert size[0] == pytest.approx(step or 0.16, rel=0.1)


def test_the_step_of_the_scales_is_not_the_purchase_size() -> None:
    rng = np.random.default_rng(4)
    weighed = np.round(rng.poisson(0.6, (400, 24)) * rng.gamma(8, 0.05, (400, 24)) / 0.005) * 0.005

    size, whole = sizes_of_purchases(
        weighed.astype(np.float32), np.ones(weighed.shape, dtype=bool), np.zeros(400, dtype=np.intp), 1
    )

    assert not whole[0]
    assert size[0] == pytest.approx(0.4, rel=0.1)


def test_a_product_that_sells_every_hour_sells_in_its_step() -> None:
    pieces = np.random.default_rng(4).poisson(80, (400, 24))

    size, whole = sizes_of_purchases(
        pieces.astype(np.float32), np.ones(pieces.shape, dtype=bool), np.zeros(400, dtype=np.intp), 1
    )

    assert whole[0]
    assert size[0] == 1


@pytest.mark.parametrize("bunching", [0.02, 0.1, 0.3])
def test_bunching_is_found_again(bunching: float) -> None:
    rng = np.random.default_rng(5)
    shares = np.tile(np.maximum(HOURLY, 1e-6), (4000, 1))
    shares /= shares.sum(axis=1, keepdims=True)
    weight = rng.gamma(np.maximum(shares * (1 / bunching - 1), 1e-9))
    weight /= weight.sum(axis=1, keepdims=True)
    purchase_sizes = rng.multinomial(rng.poisson(10, 4000), weight)

    found = bunching_by_volume(purchase_sizes * 0.2, shares, np.full(4000, 0.2), np.full(4000, 10.0))

    np.testing.assert_allclose(found, bunching, rtol=0.15)


def test_shares_survive_json(region: Region, learned: HourlyShares) -> None:
    again = HourlyShares.from_dict(json.loads(json.dumps(learned.to_dict())))
    forecast = daily([1, 2, 3, 4, 5, 6, 7], 4)

    np.testing.assert_array_equal(again.of(region.history.days), learned.of(region.history.days))
    pd.testing.assert_frame_equal(hourly_forecast(forecast, again), hourly_forecast(forecast, learned))


def test_rows_do_not_depend_on_each_other(learned: HourlyShares) -> None:
    rows = [daily([1, 2, 3, 4, 5, 6, 7], 4, f"p{i:02d}") for i in range(5)]

    together = hourly_forecast(pd.concat(rows, ignore_index=True), learned)

    alone = pd.concat([hourly_forecast(row, learned) for row in rows], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FrameError, match="mean"):
        hourly_forecast(daily([1, 2, 3, 4, 5, 6, 7], 4).drop(columns="mean"), shares_of())


def test_no_rows_give_no_rows() -> None:
    nothing = hourly_forecast(daily([1, 2, 3, 4, 5, 6, 7], 4).iloc[:0], shares_of())

    assert nothing.empty
    assert tuple(nothing.columns) == HOURLY_FORECAST_COLUMNS
