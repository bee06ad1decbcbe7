"""The demand of days cut short: days whose demand is known, of which a stock shows a part."""

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.cut_short import Completion
from forecasting.demand.days_in_stock import DaysInStock
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.known.frames import SalesHistory

SHARES = tuple(np.array([0] * 8 + [1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1] + [0] * 4) / 24)
PROFILES = HourlyProfiles({("", False): SHARES, ("", True): SHARES})
PRODUCTS = pd.DataFrame({"product_id": ["a"], "category": [""], "subcategory": [None], "unit": ["piece"]})


def history(hourly: np.ndarray, in_stock: np.ndarray) -> SalesHistory:
    ids = {"warehouse_id": [f"w{number}" for number in range(len(hourly))], "product_id": "a"}
    days = pd.DataFrame(ids | {"date": pd.Timestamp("2026-03-03")})
    days["known_at"] = days["date"].dt.tz_localize("UTC")
    return SalesHistory(days.assign(sales=hourly.sum(axis=1)), hourly.astype(np.float32), in_stock.astype(np.int8))


def sold_out(
    mean: float, stock: int, *, shape: float = 8.0, purchase: int = 1, hour: float = np.inf, count: int = 6000
) -> tuple[DaysInStock, np.ndarray]:
    """Days with a stock around `stock`, and their demand: purchases of a size each, at a rate high or low by the day
    and, with a finite `hour`, by the hour too."""
    random = np.random.default_rng(4)
    rate = random.gamma(shape, mean / shape, count)[:, None] * SHARES / purchase
    if np.isfinite(hour):
        rate = rate * random.gamma(hour, 1 / hour, rate.shape)
    wanted = random.poisson(rate) * purchase
    there = random.integers(stock // 2, stock * 3 // 2, count)[:, None]
    gone = np.minimum(wanted.cumsum(axis=1), there)
    days = DaysInStock.of(history(np.diff(gone, axis=1, prepend=0), gone < there), PRODUCTS, PROFILES)
    return days, wanted.sum(axis=1)


@pytest.mark.parametrize(
    ("mean", "stock", "kind"),
    [(20.0, 22, {}), (3.0, 3, {}), (30.0, 33, {"purchase": 3}), (40.0, 40, {"shape": 40.0, "hour": 3.0})],
)
def test_completed_days_have_the_demand_that_was_wanted(mean: float, stock: int, kind: dict[str, float]) -> None:
    days, demand = sold_out(mean, stock, **kind)

    found = Completion.fitted(days, np.full(len(days), mean))

    assert days.sold.sum() + days.last_sold.sum() < 0.9 * demand.sum()
    assert found.expected().sum() == pytest.approx(demand.sum(), rel=0.025)
    drawn = found.drawn(seed=1)
    assert drawn.sum() == pytest.approx(demand.sum(), rel=0.025)
    assert drawn.std() == pytest.approx(demand.std(), rel=0.06)
    for level in (0.75, 0.9, 0.95):
        assert np.quantile(drawn, level) == pytest.approx(
            np.quantile(demand, level), rel=0.03, abs=1.1 * days.purchase[0]
        )


def test_a_forecast_too_low_is_found_out_by_days_cut_short() -> None:
    days, demand = sold_out(20.0, 22)

    found = Completion.fitted(days, np.full(len(days), 15.0))

    assert found.expected().sum() == pytest.approx(demand.sum(), rel=0.03)


def test_a_day_seen_whole_is_its_sales() -> None:
    days, demand = sold_out(20.0, 22)
    whole = days.exposure == 1

    found = Completion.fitted(days, np.full(len(days), 20.0))

    assert whole.any()
    np.testing.assert_allclose(found.expected()[whole], demand[whole])
    np.testing.assert_allclose(found.drawn(seed=2)[whole], demand[whole])


def test_many_small_purchases_say_more_about_the_afternoon_than_one_large_one() -> None:
    # given days of 10 on average that vary by a third, and one that sold 10 by noon, in tenths or all at once
    seen = np.random.default_rng(5).gamma(9, 10 / 9, 2000)

    def rest(purchase: float) -> float:
        share, nothing = np.append(np.ones(2000), 0.5), np.zeros(2001)
        days = DaysInStock(np.append(seen, 10.0), share, nothing, nothing, np.full(2001, purchase))
        return float(Completion.fitted(days, np.full(2001, 10.0)).expected()[-1]) - 10

    small, large = rest(0.1), rest(5.0)

    assert small > 1.2 * large


def test_hours_in_stock_and_the_hour_in_which_it_ended_are_told_apart() -> None:
    # given a stock that ends in the hour from 10, one refilled at 12 that ends again, and one that was never there
    hourly, in_stock = np.zeros((3, 24)), np.ones((3, 24))
    hourly[0, [8, 9, 10]], in_stock[0, 10:] = (1, 2, 4), 0
    hourly[1, [8, 12, 15]], in_stock[1, 9:12], in_stock[1, 15:] = (1, 3, 2), 0, 0
    in_stock[2] = 0

    days = DaysInStock.of(history(hourly, in_stock), PRODUCTS, PROFILES)

    np.testing.assert_allclose(days.sold, [3, 4, 0])
    np.testing.assert_allclose(days.last_sold, [4, 2, 0])
    np.testing.assert_allclose(days.exposure, np.array([3, 5, 0]) / 24)
    np.testing.assert_allclose(days.last_share, np.array([3, 2, 0]) / 24)


def test_a_day_of_which_only_the_total_is_known_is_seen_whole() -> None:
    plain = history(np.full((1, 24), 0.5), np.full((1, 24), -1))
    total = SalesHistory(plain.days, np.full((1, 24), np.nan, dtype=np.float32), plain.in_stock)

    days = DaysInStock.of(total, PRODUCTS, PROFILES)

    assert (days.sold[0], days.exposure[0], days.last_sold[0], days.purchase[0]) == (12, 1, 0, 1)


@pytest.mark.parametrize("purchase", [1, 3])
def test_a_purchase_is_as_large_as_hours_scatter(purchase: int) -> None:
    days, _ = sold_out(40.0, 10_000, purchase=purchase, shape=1e6, count=2000)
    bunched, _ = sold_out(40.0, 10_000, purchase=purchase, hour=2.0, shape=1e6, count=2000)

    assert days.purchase[0] == pytest.approx(purchase, rel=0.05)
    # an hour of mean m varies by m^2 / 2 more: 2 m a unit, over the hours
    assert bunched.purchase[0] == pytest.approx(purchase + 40 * np.square(SHARES).sum() / 2, rel=0.1)
