from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles, exposure
from forecasting.demand.recovery import recover_demand
from forecasting.known.frames import SalesHistory
from tests.unit.forecasting.small_region import HOURLY, Region, small_region


def recovered(region: Region, history: SalesHistory | None = None) -> pd.DataFrame:
    history = history or region.history
    profiles = HourlyProfiles.learn(history, region.products)
    return recover_demand(history, region.products, profiles, region.warehouses)


def hidden(history: SalesHistory, in_stock: NDArray[np.bool_]) -> SalesHistory:
    """The same days with these hours (n, 24) alone in stock, and sold only in them."""
    hourly = np.where(in_stock, history.hourly_sales, 0).astype(np.float32)
    days = history.days.assign(sales=hourly.sum(axis=1, dtype=np.float64))
    return SalesHistory(days, hourly, np.minimum(history.in_stock, in_stock).astype(np.int8))


def test_profiles_are_the_shares_of_the_day_that_the_hours_would_sell_in_stock(region: Region) -> None:
    profiles = HourlyProfiles.learn(region.history, region.products)
    for category in ("fruit", "leaf vegetables"):
        np.testing.assert_allclose(profiles.of(category, False), HOURLY, atol=0.01)


def test_days_without_hours_get_a_flat_profile(region: Region) -> None:
    history = SalesHistory.of_days(region.history.days)
    profiles = HourlyProfiles.learn(history, region.products)
    np.testing.assert_allclose(profiles.of("fruit", True), 1 / 24)


def test_a_warehouse_that_sells_late_bends_the_profile_and_one_like_the_others_does_not(region: Region) -> None:
    late = np.roll(HOURLY, 3)
    here = (region.history.days["warehouse_id"] == "w1").to_numpy()
    hourly = np.where(here[:, None], region.demand[:, None] * late, region.demand[:, None] * HOURLY)
    history = SalesHistory(
        region.history.days.assign(sales=region.demand),
        hourly.astype(np.float32),
        np.ones_like(region.history.in_stock),
    )
    profiles = HourlyProfiles.learn(history, region.products, bent=True)
    shares = profiles.of_rows(history, region.products, np.arange(len(history)))
    np.testing.assert_allclose(shares[here][:, 6:].mean(axis=0), late[6:], atol=0.012)
    np.testing.assert_allclose(shares[~here].mean(axis=0), HOURLY, atol=0.012)


def test_profiles_survive_being_written_and_read(region: Region) -> None:
    profiles = HourlyProfiles.learn(region.history, region.products, bent=True)
    assert HourlyProfiles.from_dict(profiles.to_dict()) == profiles


def test_exposure_is_the_profile_of_the_hours_in_stock() -> None:
    profiles = HourlyProfiles({("", False): tuple(HOURLY), ("", True): tuple(HOURLY)})
    days = pd.DataFrame(
        {
            "warehouse_id": ["w"],
            "product_id": ["unlisted"],
            "date": pd.to_datetime(["2026-05-06"]),
            "sales": [1.0],
            "known_at": pd.to_datetime(["2026-05-06 16:00"], utc=True),
        }
    )
    in_stock = (np.arange(24)[None, :] < 12).astype(np.int8)
    history = SalesHistory(days, np.zeros((1, 24), dtype=np.float32), in_stock)
    products = pd.DataFrame(
        {"product_id": ["other"], "category": ["x"], "subcategory": [None], "unit": ["kg"], "introduced": [pd.NaT]}
    )
    assert exposure(history, products, profiles)[0] == pytest.approx(HOURLY[:12].sum())


def test_demand_hidden_by_stock_outs_that_do_not_depend_on_it_is_recovered(region: Region) -> None:
    found = recovered(region)
    assert found["sales"].sum() < 0.93 * region.demand.sum()
    assert found["demand"].sum() == pytest.approx(region.demand.sum(), rel=0.01)


def test_a_day_wholly_hidden_is_recovered_from_the_series_and_what_its_siblings_did(region: Region) -> None:
    # given a Sunday on which all sold twice as much, and one product in one warehouse was never in stock
    days = region.history.days
    busy = (days["date"] == pd.Timestamp("2026-05-17")).to_numpy()
    hourly = np.where(busy[:, None], 2, 1) * region.history.hourly_sales
    history = SalesHistory(
        days.assign(sales=hourly.sum(axis=1, dtype=np.float64)), hourly.astype(np.float32), region.history.in_stock
    )
    row = busy & (days["warehouse_id"] == "w0").to_numpy() & (days["product_id"] == "p00").to_numpy()
    history = hidden(history, np.repeat(~row[:, None], 24, axis=1))
    # when
    found = recovered(region, history)
    # then it is expected to have sold about twice a Sunday of its own
    sundays = (days["date"].dt.day_of_week == 6) & (days["warehouse_id"] == "w0") & (days["product_id"] == "p00")
    ordinary = found.loc[sundays.to_numpy() & ~busy, "demand"].mean()
    assert 1.5 < found.loc[row, "demand"].item() / ordinary < 2.6
    assert found.loc[row, "how"].item() == "recovered"


def test_a_high_morning_counts_where_mornings_foretell_afternoons_and_not_where_they_do_not(region: Region) -> None:
    whole = np.ones_like(region.history.in_stock)
    rng = np.random.default_rng(3)

    def sold(hours: NDArray[np.float64]) -> SalesHistory:
        days = region.history.days.assign(sales=hours.sum(axis=1))
        return hidden(
            SalesHistory(days, hours.astype(np.float32), whole),
            (np.arange(24) < 13) | (rng.random(len(days)) < 0.7)[:, None],
        )

    level = np.full(len(whole), 5.0)
    of_the_day = level * rng.gamma(4, 1 / 4, len(level))
    together = rng.gamma(of_the_day[:, None] * HOURLY * 8 + 1e-9, 1 / 8)
    alone = rng.gamma(level[:, None] * HOURLY + 1e-9, 1.0)
    moved = {}
    for name, hours in (("together", together), ("alone", alone)):
        found = recovered(region, sold(hours))
        short = found[found["exposure"] < 0.95]
        ratio = (short["demand"] - short["sales"]) / (1 - short["exposure"]) / short["expected"]
        high = short["sales"] / short["exposure"] > 1.5 * short["expected"]
        moved[name] = ratio[high].mean()
    assert moved["together"] > 1.3
    assert moved["alone"] == pytest.approx(1, abs=0.1)


def test_unknown_availability_is_guessed_and_says_so(region: Region) -> None:
    history = replace(region.history, in_stock=np.full_like(region.history.in_stock, -1))
    found = recovered(region, history)
    assert not found["availability_known"].any()
    assert (found["how"] == "guessed").all()


def test_nothing_sold_and_nothing_ever_in_stock_recovers_nothing(region: Region) -> None:
    nothing = hidden(region.history, np.zeros((len(region.history), 24), dtype=bool))
    assert (recovered(region, nothing)["demand"] == 0).all()


SMALL = small_region(seed=11, warehouses=2, products=4, days=28)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([2.0**-10, 0.5, 2.0, 1024.0]))
def test_recovered_demand_is_never_below_sales_never_random_and_in_the_unit_of_sales(seed: int, scale: float) -> None:
    # given any pattern of hours in stock, whole days out among them
    rng = np.random.default_rng(seed)
    n = len(SMALL.history)
    gone_from, back_at = rng.integers(0, 25, n)[:, None], rng.integers(0, 25, n)[:, None]
    hours = np.arange(24)
    stocked = (hours < gone_from) | (hours >= back_at) & (rng.random(n) < 0.5)[:, None]
    history = hidden(SMALL.history, stocked)
    # when
    found = recovered(SMALL, history)
    again = recovered(SMALL, history)
    in_other_units = recovered(
        SMALL,
        SalesHistory(
            history.days.assign(sales=history.days["sales"] * scale),
            (history.hourly_sales * scale).astype(np.float32),
            history.in_stock,
        ),
    )
    # then
    assert (found["demand"] >= found["sales"]).all()
    whole = (history.in_stock == 1).all(axis=1)
    assert (found["demand"][whole] == found["sales"][whole]).all()
    assert set(found["how"][whole]) <= {"seen"}
    pd.testing.assert_frame_equal(found, again)
    np.testing.assert_allclose(in_other_units["demand"], found["demand"] * scale, rtol=1e-5, atol=1e-9 * scale)
