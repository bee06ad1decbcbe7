"""Orders by half hour: they add up to what a day brings, and whatever is missing, they degrade and do not fail."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.known.frames import FrameError, KnownLaterError
from forecasting.orders.counts import ORDER_FORECAST_COLUMNS
from forecasting.orders.days import expected_orders
from forecasting.orders.forecast import order_forecast
from forecasting.orders.half_hours import half_hours_of, shares_of_days
from forecasting.orders.known_orders import KnownOrders, OrderDays
from forecasting.orders.scatter import USUAL_DAY, Scatter
from tests.worlds.shop_orders import BUNCHED, FIRST, STEADY, WEEK, ShopOrders

LAST = 69


@pytest.fixture(scope="module")
def shops() -> ShopOrders:
    return ShopOrders.lived(STEADY, seed=11, shops=4, days=80)


def of_day(forecast: pd.DataFrame, ahead: int = 1, warehouse_id: str = "S00") -> pd.DataFrame:
    day = FIRST + pd.Timedelta(days=LAST + ahead)
    return forecast[(forecast["warehouse_id"] == warehouse_id) & (forecast["date"] == day)]


def test_a_forecast_has_a_row_a_half_hour_of_every_warehouse(shops: ShopOrders) -> None:
    forecast = order_forecast(shops.known(LAST))

    assert tuple(forecast.columns) == ORDER_FORECAST_COLUMNS
    assert len(forecast) == 4 * 3 * 48
    assert not forecast.isna().any().any()
    assert (forecast["mean"] + forecast["dispersion"] * forecast["mean"] ** 2 >= 0).all()


def test_half_hours_add_up_to_the_day_s_lines_over_the_lines_of_an_order(shops: ShopOrders) -> None:
    known = shops.known(LAST)
    days = OrderDays.of(known, 3)

    forecast = order_forecast(known)

    by_day = forecast.groupby(["warehouse_id", "date"])["mean"].sum().to_numpy().reshape(4, 3)
    assert by_day == pytest.approx(expected_orders(days)[:, days.past :], rel=1e-12)
    ahead = known.demand["date"] > known.last_day
    more = known.demand.assign(lines=known.demand["lines"] * np.where(ahead, 2, 1))
    doubled = order_forecast(replace(known, demand=more))
    assert doubled["mean"].to_numpy() == pytest.approx(2 * forecast["mean"].to_numpy(), rel=1e-12)


def test_the_law_that_orders_come_by_is_found(shops: ShopOrders) -> None:
    days = OrderDays.of(shops.known(LAST), 3)

    shares = shares_of_days(days)
    expected = expected_orders(days)

    truth = shops.expected[:, LAST + 1 : LAST + 4]
    found = (expected[:, :, None] * shares)[:, days.past :]
    relative = np.abs(found - truth).sum() / truth.sum()
    assert relative < 0.08  # the demand that it is told misses by 4%, a share of eight weeks by 3%
    assert (found[:, :, : STEADY.opens] == 0).all()  # closed
    assert (found[:, :, STEADY.shuts :] == 0).all()


def test_what_scatters_is_told_apart_by_half_hours_and_by_days() -> None:
    calm, wild = (ShopOrders.lived(make, seed=3, shops=6, days=80) for make in (STEADY, BUNCHED))
    found = []
    for world in (calm, wild):
        days = OrderDays.of(world.known(LAST), 1)
        found.append(Scatter.measured(days, shares_of_days(days), expected_orders(days)))

    # Poisson half hours; and gamma factors of shape 8: 1 + m / 8 per order
    volume = np.exp(found[0].log_volume)
    assert found[0].noise[volume > 3] == pytest.approx(1.0, abs=0.12)
    volume = np.exp(found[1].log_volume)
    assert found[1].noise[volume > 3] == pytest.approx(1 + volume[volume > 3] / 8, rel=0.2)
    assert found[0].day[1] == pytest.approx(1 / 150 + STEADY.foretold**2, abs=0.004)
    assert found[1].day[1] == pytest.approx(1 / 60 + BUNCHED.foretold**2, abs=0.008)


def test_where_no_day_was_foreseen_whole_days_are_off_by_what_is_usual(shops: ShopOrders) -> None:
    forecast = order_forecast(shops.known(LAST, foreseen_since=LAST + 1))

    assert forecast["day_dispersion"].to_numpy() == pytest.approx(USUAL_DAY**2)


def test_a_few_days_do_not_look_steadier_than_they_are() -> None:
    noise = []
    for seed in range(8):
        days = OrderDays.of(ShopOrders.lived(STEADY, seed=seed, shops=4, days=8).known(6), 1)
        found = Scatter.measured(days, shares_of_days(days), expected_orders(days))
        noise.append(found.noise[np.exp(found.log_volume) > 5].mean())

    assert np.mean(noise) > 1.0  # Poisson; shares were fitted to the same week


def test_without_demand_the_week_and_the_level_are_those_of_orders(shops: ShopOrders) -> None:
    forecast = order_forecast(shops.known(LAST, demand=False))

    truth = shops.expected[:, LAST + 1 : LAST + 4].sum(axis=2)
    by_day = forecast.groupby(["warehouse_id", "date"])["mean"].sum().to_numpy().reshape(4, 3)
    assert np.abs(by_day / truth - 1).mean() < 2 * STEADY.moved  # what moves the day is not known
    assert (forecast["day_dispersion"] > order_forecast(shops.known(LAST))["day_dispersion"]).all()


def test_without_demand_weekdays_differ_as_they_did(shops: ShopOrders) -> None:
    forecast = order_forecast(shops.known(62, demand=False), days=7)  # from a Monday on, a week without holidays

    of_week = forecast.groupby("date")["mean"].sum().to_numpy()
    assert of_week / of_week.mean() == pytest.approx(WEEK / WEEK.mean(), abs=0.06)


def test_what_is_expected_of_a_past_day_knows_neither_it_nor_the_day_before(shops: ShopOrders) -> None:
    other = shops.orders.copy()
    other[:, LAST - 11 : LAST - 9] *= 3
    days = [OrderDays.of(world.known(LAST), 1) for world in (shops, replace(shops, orders=other))]

    usual, found = (_without_weekdays(of) for of in days)

    changed = np.abs(found / usual - 1) > 1e-9
    first = usual.shape[1] - 2 - 11 + 2  # two days after the first of those that are other
    assert not changed[:, 20:first].any()
    assert changed[:, first : first + 2].all()


def _without_weekdays(days: OrderDays) -> np.ndarray:
    """What is expected, where every day is like the same weekday: that weekdays differ is learned of all days."""
    return expected_orders(replace(days, like=np.zeros_like(days.like)))


def test_a_weekday_with_a_clock_of_its_own_keeps_it(shops: ShopOrders) -> None:
    fridays = shops.orders.copy()
    fridays[:, 4::7, 36:40] *= 2  # a Friday's evening

    forecast = order_forecast(replace(shops, orders=fridays).known(66))  # on a Thursday

    share = [_evening(of_day(forecast, ahead=66 - LAST + more)) for more in (1, 2)]
    assert share[0] > 1.3 * share[1]


def _evening(half_hours: pd.DataFrame) -> float:
    mean = half_hours["mean"].to_numpy()
    return float(mean[36:40].sum() / mean.sum())


def test_recent_days_count_more_than_those_before(shops: ShopOrders) -> None:
    risen = shops.orders.copy()
    risen[:, LAST - 13 :] *= 2  # for a fortnight: half of all weight, 0.53 of that of eight weeks

    days = [OrderDays.of(world.known(LAST, demand=False), 1) for world in (shops, replace(shops, orders=risen))]
    usual, found = (expected_orders(of)[:, of.past] for of in days)

    assert (found / usual).mean() == pytest.approx(1.53, abs=0.07)


def test_a_shop_that_closes_earlier_than_the_others_has_no_orders_then(shops: ShopOrders) -> None:
    earlier = shops.orders.copy()
    earlier[0, :, 40:] = 0

    forecast = order_forecast(replace(shops, orders=earlier).known(LAST))

    evening = slice(40, STEADY.shuts)
    assert of_day(forecast)["mean"].to_numpy()[evening] == pytest.approx(0)
    assert (of_day(forecast, warehouse_id="S01")["mean"].to_numpy()[evening] > 0.5).all()


def test_a_day_that_was_told_in_part_does_not_count(shops: ShopOrders) -> None:
    part = shops.orders.copy()
    part[0, LAST, 20:] = 0  # the feed broke in the morning

    found = of_day(order_forecast(replace(shops, orders=part).known(LAST)))["mean"]

    assert found.sum() == pytest.approx(of_day(order_forecast(shops.known(LAST)))["mean"].sum(), rel=0.03)


def test_a_new_warehouse_leans_on_the_others(shops: ShopOrders) -> None:
    new = shops.without(0, slice(0, LAST))  # one day told

    of_new, of_old = of_day(order_forecast(new.known(LAST))), of_day(order_forecast(shops.known(LAST)))

    assert of_new["mean"].sum() == pytest.approx(of_old["mean"].sum(), rel=0.4)
    assert (of_new["mean"][of_old["mean"].to_numpy() > 0] > 0).all()


def test_a_warehouse_that_never_had_an_order_is_forecast_from_its_demand_alone(shops: ShopOrders) -> None:
    never = shops.without(0, slice(0, None))

    assert of_day(order_forecast(never.known(LAST)))["mean"].sum() > 0
    assert of_day(order_forecast(never.known(LAST, demand=False))).empty


def test_days_that_were_not_told_do_not_count_as_days_without_orders(shops: ShopOrders) -> None:
    holes = shops.without(0, slice(LAST - 6, LAST - 2))

    found, usual = (of_day(order_forecast(world.known(LAST)))["mean"].sum() for world in (holes, shops))

    assert found == pytest.approx(usual, rel=0.05)


def test_days_on_which_far_more_than_usual_was_out_of_stock_are_not_learned_from(shops: ShopOrders) -> None:
    known = shops.known(LAST)
    empty = known.demand["date"].isin([known.last_day - pd.Timedelta(days=ago) for ago in (1, 2, 3)])
    fewer = known.counts["date"].isin(known.demand["date"][empty])
    counts = known.counts.assign(orders=known.counts["orders"] * np.where(fewer, 0.6, 1.0))
    demand = known.demand.assign(hidden=np.where(empty, 0.5, 0.05))

    found = of_day(order_forecast(replace(known, counts=counts, demand=demand)))["mean"].sum()

    assert found == pytest.approx(of_day(order_forecast(known))["mean"].sum(), rel=0.05)


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        ("2026-03-28", "Europe/Berlin", 48),
        ("2026-03-29", "Europe/Berlin", 46),
        ("2026-10-25", "Europe/Berlin", 50),
        ("2026-03-28", "Asia/Kathmandu", 48),  # at :15 and :45 of UTC
        ("2026-09-06", "America/Santiago", 46),  # which has no midnight
    ],
)
def test_a_local_day_has_the_half_hours_that_its_clock_shows(day: str, zone: str, count: int) -> None:
    moments, slot = half_hours_of(pd.Timestamp(day), zone)

    local = moments.tz_convert(zone)
    assert len(moments) == count
    assert set(local.minute) == {0, 30}
    assert {f"{one:%Y-%m-%d}" for one in local} == {day}
    assert (slot == local.hour * 2 + (local.minute == 30)).all()


@pytest.mark.parametrize("last", [26, 27])  # Berlin's clocks go on on the 27th day
def test_the_day_on_which_clocks_change_adds_up_as_well(shops: ShopOrders, last: int) -> None:
    known = shops.known(last)
    days = OrderDays.of(known, 3)

    by_day = order_forecast(known).groupby(["warehouse_id", "date"])["mean"].sum().to_numpy().reshape(4, 3)

    assert by_day == pytest.approx(expected_orders(days)[:, days.past :], rel=1e-12)


@pytest.mark.parametrize("last", range(3))
def test_the_first_days_of_a_region_are_enough(shops: ShopOrders, last: int) -> None:
    for demand in (True, False):
        forecast = order_forecast(shops.known(last, demand=demand))
        assert len(forecast) == 4 * 3 * 48
        assert np.isfinite(forecast[["mean", "dispersion", "day_dispersion"]].to_numpy()).all()


def test_nothing_known_forecasts_nothing(shops: ShopOrders) -> None:
    nothing = shops.without(0, slice(0, 0)).known(LAST)
    none = replace(nothing, counts=nothing.counts[:0], demand=nothing.demand[:0])

    assert order_forecast(none).empty
    assert list(order_forecast(none).columns) == list(ORDER_FORECAST_COLUMNS)


def test_what_the_counts_hold_of_later_is_refused(shops: ShopOrders) -> None:
    known = shops.known(LAST)

    with pytest.raises(KnownLaterError, match="order counts"):
        KnownOrders(known.counts, known.demand, known.warehouses, known.zone, known.last_day - pd.Timedelta(days=1))
    with pytest.raises(FrameError, match="lines"):
        replace(known, demand=known.demand.drop(columns="lines"))
