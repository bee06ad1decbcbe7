"""Couriers of a warehouse's next days: planned from the kept forecast of orders, with its terms, and kept."""

from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.kept.kept_order_forecasts import keep_order_forecasts
from data.tables import CourierDayRow, CourierTermsRow, WarehouseRow, WeatherRow
from flows.couriers.planning import plan_couriers
from flows.couriers.terms import set_terms
from flows.day import couriers as couriers_of_day
from flows.for_each_warehouse import SomeWarehousesFailed, side_by_side
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN

TODAY = LAST + timedelta(days=1)
NOW = ORIGIN + timedelta(hours=2)
SHORT = {"employed": {"shortest_hours": 2.0, "longest_hours": 4.0, "break_after_hours": 5.0}}


@pytest.fixture
def filling() -> Filling:
    """One warehouse whose orders of two days are forecast: an even evening of six hours."""
    return forecast_orders


def forecast_orders(engine: Engine) -> None:
    moments = pd.date_range(ORIGIN, periods=96, freq="30min", tz="UTC")
    slot = [number % 48 for number in range(96)]
    rows = pd.DataFrame(
        {
            "warehouse_id": "W1",
            "date": [pd.Timestamp(TODAY) + pd.Timedelta(days=number // 48) for number in range(96)],
            "half_hour": moments,
            "mean": [4.0 if 32 <= at < 44 else 0.0 for at in slot],
            "dispersion": 0.02,
            "day_dispersion": 0.01,
        }
    )
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="W1", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        keep_order_forecasts(session, ["W1"], rows, ORIGIN)
        set_terms(session, "W1", SHORT, "Li Na")


def kept(engine: Engine) -> dict[date, CourierDayRow]:
    with reading(engine) as session:
        return {row.date: row for row in session.scalars(select(CourierDayRow))}


def test_today_and_tomorrow_are_planned_and_keep_the_promise(engine: Engine) -> None:
    assert plan_couriers(engine, "W1", NOW) == 2

    days = kept(engine)
    assert set(days) == {TODAY, TODAY + timedelta(days=1)}
    today = days[TODAY]
    assert 0.949 <= today.share <= 0.99
    assert today.held_minutes is not None
    assert today.held_minutes <= today.promise_minutes == 45
    there = [half_hour["employed"] + half_hour["crowd"] for half_hour in today.half_hours]
    assert min(there[32:44]) > 0
    assert max(there[:30]) == 0
    worked = sum(shift["couriers"] * (shift["end"] - shift["first"]) for shift in today.shifts)
    assert worked == sum(half_hour["employed"] for half_hour in today.half_hours)


def test_planning_again_changes_tomorrow_and_not_a_day_that_has_begun(engine: Engine) -> None:
    # given: a promise of an hour instead
    plan_couriers(engine, "W1", NOW)
    before, tomorrow = kept(engine), TODAY + timedelta(days=1)
    with writing(engine) as session:
        set_terms(session, "W1", {**SHORT, "promise": {"minutes": 60}}, "Li Na")

    assert plan_couriers(engine, "W1", NOW + timedelta(hours=1)) == 1

    after = kept(engine)
    assert set(after) == set(before)
    assert (after[TODAY].planned_at, after[TODAY].shifts) == (NOW, before[TODAY].shifts)
    assert after[TODAY].promise_minutes == 45
    assert after[tomorrow].promise_minutes == 60
    assert after[tomorrow].cost < before[tomorrow].cost


def test_on_a_day_of_rain_rides_are_slower(engine: Engine) -> None:
    # given: rain tomorrow, as is foretold
    tomorrow = TODAY + timedelta(days=1)
    with writing(engine) as session:
        session.add(
            WeatherRow(warehouse_id="W1", date=tomorrow, issued_at=ORIGIN, observed=False, precipitation_mm=20.0)
        )

    plan_couriers(engine, "W1", NOW)

    days = kept(engine)
    assert (days[TODAY].rain, days[tomorrow].rain) == (False, True)
    needed = [sum(half_hour["needed"] for half_hour in days[day].half_hours) for day in (TODAY, tomorrow)]
    assert needed[1] > needed[0]


def test_where_no_orders_are_forecast_nothing_is_planned(engine: Engine) -> None:
    # given: a shop of which only sales are known
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W2", name="W2", city="Hangzhou", timezone="Asia/Shanghai"))

    assert plan_couriers(engine, "W2", NOW) == 0
    assert kept(engine) == {}


def test_terms_that_cannot_be_any_more_fail_by_name_and_stop_no_other_warehouse(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: of two warehouses one with terms that were kept before rides of hours were refused
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W2", name="W2", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        terms = {"delivery": {"radius_km": 50.0, "speed_kmh": 1.0}}
        session.add(CourierTermsRow(warehouse_id="W2", terms=terms, set_by="Li Na"))

    with pytest.raises(SomeWarehousesFailed) as failed:
        couriers_of_day.plan_couriers(["W2", "W1"], NOW, side_by_side)

    assert "terms of couriers of W2 cannot be any more" in failed.value.summary.failed["W2"]
    assert failed.value.summary.done == {"W1": 2}
