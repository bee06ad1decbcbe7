"""A plan made at any hour is the same plan: of today only what is left is still to sell."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.bench.plan_hour import outcome_over_days
from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, forecasts, lot, offer, plan, products, reason
from tests.unit.warehouse.played_day import (
    SHARES,
    Goods,
    Shelf,
    assortment,
    forecast_of,
    parts_of_day,
    terms_of,
)
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.stage_yield import StageYield
from warehouse.purchasing.suppliers.yields import Yields

HOURS = (0.25, 9.0, 14.0, 21.0)
TEN = 10.0


def with_opening_stock(goods: list[Goods], seed: int) -> list[Shelf]:
    """Enough for the day and something over, some of it of its last day, some in two lots."""
    rng = np.random.default_rng(seed)
    shelves = []
    for one in goods:
        shelf = Shelf()
        quantity = float(np.ceil(one.mean * rng.uniform(1.05, 2.5)))
        if one.life_days > 2 and rng.random() < 0.5:
            shelf.put(np.ceil(quantity / 2), int(rng.integers(0, 2)))
            quantity -= np.ceil(quantity / 2)
        shelf.put(quantity, one.life_days - 1)
        shelves.append(shelf)
    return shelves


def planned_at(hour: float, goods: list[Goods], delivered_at_ten: dict[str, float]) -> list[int]:
    """The packs ordered at an hour of a day on which every hour brought exactly its mean until then."""
    shelves = with_opening_stock(goods, seed=5)
    for one, shelf in zip(goods, shelves, strict=True):
        coming = delivered_at_ten.get(one.product_id, 0.0)
        for start, end in ((0.0, min(hour, TEN)), (TEN, hour)):
            if start == TEN and hour > TEN and coming:
                shelf.put(coming, one.life_days - 1)
            for at, part in parts_of_day(start, end):
                shelf.sell(one.mean * float(SHARES[at]) * part, day=0)
    on_order = [OnOrder(name, Decimal(f"{quantity:.6f}"), MONDAY, TEN) for name, quantity in delivered_at_ten.items()]
    lines = plan(
        [offer(f"farm-{one.product_id}", product_id=one.product_id, pack=one.pack) for one in goods],
        demand=forecast_of(goods, MONDAY),
        lots=[one for at, shelf in zip(goods, shelves, strict=True) for one in shelf.as_lots(at.product_id, 0, MONDAY)],
        on_order=on_order if hour < TEN else [],
        assortment=terms_of(goods),
        hour=hour,
        hourly_shares={one.product_id: SHARES for one in goods},
    )
    return [line.packs for line in lines]


@pytest.mark.parametrize("some_delivered", [False, True])
def test_where_every_hour_brings_its_mean_the_same_is_bought_at_any_hour(some_delivered: bool) -> None:
    goods = assortment(60, seed=3)
    delivered = {one.product_id: float(np.ceil(one.mean / 2)) for one in goods[::3]} if some_delivered else {}
    at_midnight, *later = (planned_at(hour, goods, delivered) for hour in HOURS)
    assert sum(at_midnight) > 200
    for packs in later:
        assert max(abs(np.subtract(packs, at_midnight))) <= 1


@pytest.mark.parametrize(("hour", "left"), [(0.0, 20.0), (12.0, 10.0), (18.5, 4.5833), (23.75, 0.2083)])
def test_of_today_only_what_is_left_is_still_to_sell(hour: float, left: float) -> None:
    # given 20 a day, every hour alike, and 50 on the shelf now
    (line,) = plan([offer()], lots=[lot("50", None)], hour=hour, assortment=products(life=9))
    assert float(line.usable_stock) == pytest.approx(50 - left, abs=0.1)


def test_what_is_left_follows_the_hours_of_the_product() -> None:
    morning: NDArray[np.float64] = np.array([0.0] * 8 + [3, 1] + [0] * 14)
    (line,) = plan([offer()], lots=[lot("50", None)], hour=9, hourly_shares={"spinach": morning})
    assert float(line.usable_stock) == pytest.approx(50 - 20 / 4, abs=0.1)


def test_an_empty_shelf_cannot_turn_out_to_have_sold_less() -> None:
    (line,) = plan([offer()], hour=21)
    (in_the_morning,) = plan([offer()])
    assert line.usable_stock == 0
    assert line.quantity == in_the_morning.quantity


def test_a_shelf_that_is_nearly_empty_cannot_turn_out_to_hold_much_more() -> None:
    (line,) = plan([offer()], lots=[lot("1", None)], hour=21, assortment=products(life=9))
    assert line.usable_stock < 1


def test_what_comes_later_today_does_not_serve_the_hours_before() -> None:
    # given nothing on the shelf at noon, 20 a day and 30 that come at six: 15 are wanted before and 5 after them
    coming = [OnOrder("spinach", Decimal(30), MONDAY, 18.0)]
    (line,) = plan(
        [offer()], on_order=coming, assortment=products(life=9), demand=forecasts(*[20.0] * 7, spread=0), hour=12
    )
    (now,) = plan(
        [offer()],
        on_order=[OnOrder("spinach", Decimal(30), MONDAY)],
        demand=forecasts(*[20.0] * 7, spread=0),
        assortment=products(life=9),
        hour=12,
    )
    assert float(line.usable_stock) == pytest.approx(25, abs=0.01)
    assert float(now.usable_stock) == pytest.approx(20, abs=0.01)


def test_what_should_have_come_earlier_today_is_expected_now() -> None:
    late = [OnOrder("spinach", Decimal(30), MONDAY, 8.0)]
    (line,) = plan(
        [offer()], on_order=late, demand=forecasts(*[20.0] * 7, spread=0), assortment=products(life=9), hour=12
    )
    assert float(line.usable_stock) == pytest.approx(20, abs=0.01)


def test_what_expires_tonight_is_not_there_in_the_morning_however_late_it_is() -> None:
    (line,) = plan([offer()], lots=[lot("12", MONDAY)], demand=forecasts(*[20.0] * 7, spread=0), hour=18)
    assert line.usable_stock == 0
    assert reason(line, "stock_expires_before_use")["quantity"] == pytest.approx(7, abs=0.01)


def test_pieces_left_of_today_are_whole_and_keep_their_mean() -> None:
    # given 3 pieces a day: of the last sixth half a piece is wanted on average
    (line,) = plan(
        [offer()], lots=[lot("40", None)], demand=forecasts(*[3.0] * 7), assortment=products(9, in_wholes=True), hour=20
    )
    assert float(line.usable_stock) == pytest.approx(39.5, abs=0.02)


def test_a_delivery_of_today_lasts_for_the_rest_of_today() -> None:
    (line,) = plan([offer(lead=0)], delivery_date=MONDAY, assortment=products(life=1), hour=12)
    assert line.forecast.mean == pytest.approx(10)
    assert 5 < line.quantity < 15


def test_what_is_there_for_a_delivery_of_today_is_what_is_there_now() -> None:
    (line,) = plan([offer(lead=0)], delivery_date=MONDAY, lots=[lot("7", None)], hour=12)
    assert line.usable_stock == 7


@pytest.mark.parametrize("hour", [-0.1, 24.0])
def test_an_hour_that_no_day_has_is_refused(hour: float) -> None:
    with pytest.raises(ValueError, match="hours are 0 to 24"):
        plan([offer()], hour=hour)


@pytest.mark.parametrize("shares", [np.zeros(24), np.ones(23), np.full(24, np.nan), np.array([-1.0] + [1.0] * 23)])
def test_hourly_shares_that_say_nothing_are_refused_with_their_product(shares: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="hourly shares of product spinach"):
        plan([offer()], hourly_shares={"spinach": shares})


# what customers have ordered ahead


def test_what_is_ordered_ahead_is_wanted_in_every_scenario() -> None:
    (line,) = plan([offer()], preordered={("spinach", TUESDAY): 28.0}, assortment=products(life=1))
    assert line.forecast.q10 == pytest.approx(28)
    assert line.quantity >= 28
    assert reason(line, "preordered") == {"quantity": 28.0, "until": "2026-03-03"}


@pytest.mark.parametrize(
    "terms",
    [
        {"price": "20"},  # costs more than it sells for
        {"price": "16.2"},  # earns next to nothing, and what is over expires
        {"pack": "100"},
        {"minimum": "300"},
    ],
)
def test_what_is_ordered_ahead_is_bought_even_where_it_does_not_pay(terms: dict[str, str]) -> None:
    given = {"demand": forecasts(*[2.0] * 7), "assortment": products(life=1)}
    (without,) = plan([offer(**terms)], **given)  # type: ignore[arg-type]
    (line,) = plan([offer(**terms)], **given, preordered={("spinach", TUESDAY): 25.0})  # type: ignore[arg-type]
    assert without.quantity <= 1
    assert line.quantity >= 25
    assert line.quantity - line.pack_size < max(25, float(terms.get("minimum", 0)))  # type: ignore[operator]


def test_stock_and_what_is_under_way_cover_what_is_ordered_ahead() -> None:
    given = {
        "demand": forecasts(*[0.0] * 7),
        "assortment": products(life=9),
        "preordered": {("spinach", TUESDAY): 25.0},
    }
    twice_a_week = offer(weekdays=frozenset({2, 5}), price="20")
    (by_stock,) = plan([twice_a_week], lots=[lot("10", None)], **given)  # type: ignore[arg-type]
    (by_both,) = plan(
        [twice_a_week],
        lots=[lot("10", None)],
        on_order=[OnOrder("spinach", Decimal(8), TUESDAY)],
        **given,  # type: ignore[arg-type]
    )
    (expired,) = plan([twice_a_week], lots=[lot("10", MONDAY)], **given)  # type: ignore[arg-type]
    assert [line.quantity for line in (by_stock, by_both, expired)] == [15, 7, 25]


def test_rejects_and_a_farm_at_capacity_leave_nothing_of_what_is_ordered_ahead_uncovered() -> None:
    lines = plan(
        [offer("dear", price="30"), offer("small", price="20", capacity="10")],
        demand=forecasts(*[0.0] * 7),
        assortment=products(life=1),
        yields=Yields(StageYield(0.8)),
        preordered={("spinach", TUESDAY): 20.0},
    )
    assert [(line.offer_id, line.quantity) for line in lines] == [("small", 10), ("dear", 15)]


def test_what_is_ordered_ahead_for_days_that_the_next_delivery_serves_is_left_to_it() -> None:
    ahead = {("spinach", TUESDAY + timedelta(days=1)): 500.0, ("leek", TUESDAY): 500.0}
    (line,), (without,) = plan([offer()], preordered=ahead), plan([offer()])
    assert line.quantity <= without.quantity * 2
    assert "preordered" not in [one.code.value for one in line.reasons]


def test_what_is_ordered_ahead_for_today_leaves_the_shelf_along_the_hours_of_today() -> None:
    # given 40 ordered for today, every hour alike: at noon 20 of them are still to be handed over
    ahead = {("spinach", MONDAY): 40.0}
    (line,) = plan([offer()], lots=[lot("50", None)], preordered=ahead, hour=12, assortment=products(life=9))
    assert float(line.usable_stock) == pytest.approx(30, abs=0.01)


def test_of_what_is_ordered_ahead_for_today_the_rest_is_bought_today() -> None:
    # given 10 ordered for today of 40 wanted, every hour alike: at noon 5 are to come, and 3 are there
    (line,) = plan(
        [offer(price="20", lead=0)],
        delivery_date=MONDAY,
        demand=forecasts(*[40.0] * 7, spread=0),
        lots=[lot("3", None)],
        preordered={("spinach", MONDAY): 10.0},
        hour=12,
    )
    assert line.quantity == 2


def test_a_product_that_no_forecast_knows_is_bought_as_it_is_ordered_ahead() -> None:
    (line,) = plan([offer()], demand=forecasts(5.0, product_id="leek"), preordered={("spinach", TUESDAY): 6.0})
    assert line.quantity == 6


# over weeks


def test_planning_always_in_the_evening_wastes_no_more_and_fills_no_less_than_after_midnight() -> None:
    goods = assortment(16, seed=2)
    early, late = (outcome_over_days(goods, hour, "as planned", 2, 20, whole_days=True) for hour in (0.25, 21.0))
    assert late.waste <= early.waste
    assert late.fill >= early.fill
    assert early.fill > 0.85
