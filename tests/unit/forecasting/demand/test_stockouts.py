from dataclasses import replace

import numpy as np
import pytest

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.demand.recovery import recover_demand
from forecasting.demand.stockouts import likely_stockouts
from forecasting.known.frames import SalesHistory
from tests.unit.forecasting.small_region import HOURLY, Region


@pytest.fixture(scope="module")
def blind(region: Region) -> SalesHistory:
    """Purchases of a tenth of a unit that come by chance, cut off where the region was out of stock; no flags."""
    rng = np.random.default_rng(5)
    hourly = rng.poisson(10 * np.maximum(region.demand, 1)[:, None] * HOURLY) / 10
    hourly = np.where(region.history.in_stock == 1, hourly, 0).astype(np.float32)
    days = region.history.days.assign(sales=hourly.sum(axis=1, dtype=np.float64))
    return SalesHistory(days, hourly, np.full_like(region.history.in_stock, -1))


def test_days_that_went_silent_early_are_guessed_to_have_sold_out(region: Region, blind: SalesHistory) -> None:
    # when
    guess = likely_stockouts(blind, region.products, region.warehouses)
    # then hours guessed out were mostly out, and most hours that were out and sell are guessed
    assert guess.guessed.all()
    selling = HOURLY > 0.02
    out, guessed = (hours[:, selling] == 0 for hours in (region.history.in_stock, guess.in_stock))
    assert (out & guessed).sum() > 0.9 * guessed.sum()
    assert (out & guessed).sum() > 0.7 * out.sum()


def test_guessing_brings_the_total_nearer_to_the_truth(region: Region, blind: SalesHistory) -> None:
    profiles = HourlyProfiles.learn(blind, region.products)
    found = recover_demand(blind, region.products, profiles, region.warehouses)
    truth = np.maximum(region.demand, 1).sum()
    assert found["sales"].sum() < 0.94 * truth
    assert found["demand"].sum() == pytest.approx(truth, rel=0.03)


def test_of_totals_alone_only_what_is_improbably_low_is_guessed_out(region: Region, blind: SalesHistory) -> None:
    # given totals alone, steady but for a few days of a fast product on which nothing was sold
    sales = np.random.default_rng(6).poisson(np.full(len(blind), 30.0)).astype(float)
    silent = np.arange(len(sales)) % 41 == 0
    days = blind.days.assign(sales=np.where(silent, 0.0, sales))
    # when
    guess = likely_stockouts(SalesHistory.of_days(days), region.products)
    # then
    assert guess.exposure[silent].max() < 0.1
    assert guess.exposure[~silent].mean() > 0.98


def test_what_is_known_is_not_guessed(region: Region, blind: SalesHistory) -> None:
    known = np.arange(len(blind)) % 2 == 0
    history = replace(blind, in_stock=np.where(known[:, None], region.history.in_stock, -1).astype(np.int8))
    guess = likely_stockouts(history, region.products, region.warehouses)
    np.testing.assert_array_equal(guess.guessed, ~known)
    np.testing.assert_array_equal(guess.in_stock[known], region.history.in_stock[known])
