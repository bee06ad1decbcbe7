"""What needs doing today, as the API tells it: nothing is forgotten, and nothing in order is listed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from api.transactions import moment
from data.database import writing
from data.tables import (
    AlarmRow,
    DailySalesRow,
    ForecastRow,
    LotRow,
    MoveRow,
    MoveStatus,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    PurchasePlanRow,
    ReadingRow,
    WarehouseRow,
    WeatherRow,
)
from flows.purchasing.on_time.fallback_plans import see_that_plans_are_in_time

from .conftest import NOW, ORIGIN, TODAY, Bearer

HOUR = timedelta(hours=1)


@pytest.fixture
def buyer(bearer: Bearer) -> dict[str, str]:
    return bearer("buyer")


async def _today(client: httpx.AsyncClient, headers: dict[str, str]) -> dict:  # type: ignore[type-arg]
    answer = await client.get("/v1/today", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_day_without_work_lists_nothing(client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine) -> None:
    with writing(shop) as session:
        session.execute(update(MoveRow).values(status=MoveStatus.DONE, decided_at=NOW, decided_by="Li Na"))
        session.add(_plan("all", PlanStatus.APPROVED, date(2026, 3, 3), ("W1", "W2")))
        session.add(ReadingRow(sensor_id="S1", taken_at=NOW, temperature_c=3.0, known_at=NOW))
        _bring_what_a_day_needs(session)
    assert await _today(client, buyer) == {
        "next_delivery": "2026-03-03", "active_alarms": [], "drafts": [], "unplanned_warehouses": [], "late_plans": [],
        "fallback_plans": [], "missing": [], "broken_data": [], "clock_differences": [], "quarantined_messages": 0,
        "notifier_sends": True, "webhooks_gone": [], "expiring": [], "orders_to_send": [], "overdue_orders": [],
        "transfers": {"to_send": [], "to_receive": [], "lapsed": []},
        "short_of_couriers": [], "stale_forecasts": [], "open_moves": [],
    }  # fmt: skip


async def test_what_should_be_known_by_now_and_is_not_is_told_with_its_remedy(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        _bring_what_a_day_needs(session)
    told = (await _today(client, buyer))["missing"]
    assert [(one["what"], one["zone_id"], one["known_at"]) for one in told] == [("readings", "Z1", None)]
    with writing(shop) as session:
        session.add(ReadingRow(sensor_id="S2", taken_at=NOW - HOUR, temperature_c=3.0, known_at=NOW))
        session.execute(update(DailySalesRow).where(DailySalesRow.warehouse_id == "W1").values(date=date(2026, 2, 28)))
        session.execute(update(LotRow).where(LotRow.warehouse_id == "W2").values(counted_at=NOW - 60 * HOUR))
        session.add(WeatherRow(warehouse_id="W1", date=TODAY, issued_at=ORIGIN, observed=False, temperature_c=9.0))
    told = (await _today(client, buyer))["missing"]
    assert [(one["what"], one["warehouse_id"], one["known_at"], one["known_day"]) for one in told] == [
        ("readings", "W1", "2026-03-02T01:00:00Z", None),
        ("sales", "W1", None, "2026-02-28"),
        ("stock", "W2", "2026-02-27T14:00:00Z", None),
        ("weather", "W1", None, "2026-03-02"),
    ]
    assert all(one["remedy"].endswith(".") for one in told)
    w2 = await client.get("/v1/today", params={"warehouse_id": "W2"}, headers=buyer)
    assert [one["what"] for one in w2.json()["missing"]] == ["stock"]


async def test_expiring_stock_is_told_by_the_money_that_will_be_lost(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        session.add(_plan("draft", PlanStatus.DRAFT, date(2026, 3, 3), ("W1",)))
        # of 50 spinach 20 sell today; of 31 milk 30; of 4 saffron that cost 40 one sells today, one tomorrow
        session.add_all(
            LotRow(lot_id=f"L{product}", warehouse_id="W1", product_id=product, received_at=ORIGIN, known_at=ORIGIN,
                   expires_on=TODAY + timedelta(days=day), quantity_received=Decimal(hand),
                   quantity_on_hand=Decimal(hand), unit_cost=Decimal(cost))
            for product, day, hand, cost in (("spinach", 0, 50, 2), ("milk", 0, 31, 3), ("saffron", 1, 4, 40))
        )  # fmt: skip
    rows = (await _today(client, buyer))["expiring"]
    told = [(row["product_id"], row["expected_loss"], row["loss"], row["currency"], row["lot_ids"]) for row in rows]
    assert told == [
        ("saffron", 2, 80, "CNY", ["Lsaffron"]), ("spinach", 30, 60, "CNY", ["Lspinach"]),
        ("milk", 1, 3, "CNY", ["Lmilk"]),
    ]  # fmt: skip
    assert [(row["plan_id"], row["line_no"]) for row in rows] == [(None, None), (None, None), ("draft", 1)]


async def test_a_forecast_is_stale_once_its_origin_is_longer_ago_than_the_settings_say(
    client: httpx.AsyncClient, app: FastAPI, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        session.add(WarehouseRow(warehouse_id="W3", name="new", city="杭州", timezone="Asia/Shanghai"))
        for values in session.query(ForecastRow).filter_by(warehouse_id="W2", date=TODAY):
            session.merge(_renewed(values, ORIGIN + HOUR))
    never = {"warehouse_id": "W3", "origin": None}
    app.dependency_overrides[moment] = lambda: ORIGIN + 36 * HOUR
    assert (await _today(client, buyer))["stale_forecasts"] == [never]
    app.dependency_overrides[moment] = lambda: ORIGIN + 36 * HOUR + timedelta(seconds=1)
    stale = (await _today(client, buyer))["stale_forecasts"]
    assert {row["warehouse_id"]: row["origin"] for row in stale} == {"W1": "2026-03-01T16:00:00Z", "W3": None}
    app.state.settings = app.state.settings.model_copy(update={"forecast_stale_after_hours": 48})
    assert (await _today(client, buyer))["stale_forecasts"] == [never]


async def test_plans_to_approve_and_warehouses_to_plan(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        session.add_all([
            _plan("passed", PlanStatus.DRAFT, date(2026, 3, 1), ("W1", "W2")),
            _plan("for-today", PlanStatus.DRAFT, date(2026, 3, 2), ("W1", "W2")),
            _plan("ordered", PlanStatus.APPROVED, date(2026, 3, 3), ("W2",)),
            _plan("later", PlanStatus.DRAFT, date(2026, 3, 4), ("W1",)),
        ])  # fmt: skip
    told = await _today(client, buyer)
    assert [plan["plan_id"] for plan in told["drafts"]] == ["for-today", "later"]
    assert told["drafts"][0]["lines_to_buy"] == 2
    assert told["unplanned_warehouses"] == ["W1"]


async def test_a_late_plan_is_urgent_and_a_fallback_says_what_it_rests_on(
    client: httpx.AsyncClient, app: FastAPI, buyer: dict[str, str], shop: Engine
) -> None:
    evening = datetime(2026, 3, 2, 15, tzinfo=UTC)  # an hour before both farms' day ends
    app.dependency_overrides[moment] = lambda: evening - timedelta(seconds=1)
    assert (await _today(client, buyer))["late_plans"] == []
    app.dependency_overrides[moment] = lambda: evening
    told = await _today(client, buyer)
    assert told["late_plans"] == [
        {
            "order_date": "2026-03-02", "first_cut_off": "2026-03-02T16:00:00Z", "warehouse_ids": ["W1", "W2"],
            "without_forecast": [], "because": "not_begun",
        }
    ]  # fmt: skip
    assert told["fallback_plans"] == []
    plan_id = see_that_plans_are_in_time(shop, evening, HOUR)
    told = await _today(client, buyer)
    assert told["late_plans"] == []
    assert told["fallback_plans"] == [
        {"plan_id": plan_id, "origin": "2026-03-01T16:00:00Z", "because": "not_begun", "began_at": None}
    ]


async def test_what_expires_by_tomorrow_in_the_warehouses_own_days(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        # 10:00 on 2 March in Shanghai is still the evening of 1 March in Los Angeles
        session.add(WarehouseRow(warehouse_id="W0", name="far", city="LA", timezone="America/Los_Angeles"))
        session.flush()
        session.add_all(
            LotRow(lot_id=f"L{n}", warehouse_id=warehouse, product_id=product, received_at=ORIGIN,
                   expires_on=date(2026, 3, 1) + timedelta(days=day), quantity_received=Decimal(9),
                   quantity_on_hand=Decimal(hand), known_at=ORIGIN)
            for n, (warehouse, product, day, hand) in enumerate((
                ("W1", "milk", 0, "2"), ("W1", "milk", 1, "3"), ("W1", "milk", 1, "4"), ("W1", "spinach", 1, "8.5"),
                ("W1", "milk", 2, "1"), ("W1", "milk", 3, "6"), ("W2", "milk", 1, "0"),
                ("W0", "milk", 0, "5"), ("W0", "milk", 2, "5"),
            ))
        )  # fmt: skip
    rows = (await _today(client, buyer))["expiring"]
    told = [(row["warehouse_id"], row["product_id"], row["expiry"], row["on_hand"], row["unit"]) for row in rows]
    assert told == [
        ("W0", "milk", "today", 5, "piece"),  # which has no forecast
        ("W1", "milk", "past", 2, "piece"),
        ("W1", "spinach", "today", 8.5, "kg"),
        ("W1", "milk", "today", 7, "piece"),
        ("W1", "milk", "tomorrow", 1, "piece"),
    ]


async def test_moves_are_listed_where_they_save_most_and_alarms_while_they_go_on(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        session.add_all(
            MoveRow(move_id=f"W2-{n}", warehouse_id="W2", product_id="milk", from_slot_id="leaf-5",
                    to_slot_id="leaf-1", rank=1, metres_saved_per_day=metres, reasons=[], status=status,
                    created_at=ORIGIN)
            for n, (metres, status) in enumerate(((70.0, MoveStatus.SUGGESTED), (500.0, MoveStatus.WITHDRAWN)))
        )  # fmt: skip
        session.add_all(_alarm(name, began, ended) for name, began, ended in (
            ("second", NOW - HOUR, None), ("first", NOW - 2 * HOUR, None), ("over", NOW - 3 * HOUR, NOW - HOUR),
        ))  # fmt: skip
    told = await _today(client, buyer)
    no_rule = {"demanded_moves": 0, "demanded_metres_per_day": 0.0}
    assert told["open_moves"] == [
        {"warehouse_id": "W2", "moves": 1, "metres_saved_per_day": 70.0, **no_rule},
        {"warehouse_id": "W1", "moves": 2, "metres_saved_per_day": 60.0, **no_rule},
    ]
    assert [alarm["alarm_id"] for alarm in told["active_alarms"]] == ["first", "second"]


def _bring_what_a_day_needs(session: Session) -> None:
    """Yesterday's sales and a count of the stock, of both warehouses."""
    session.add_all(
        DailySalesRow(warehouse_id=name, product_id="milk", date=date(2026, 3, 1), known_at=ORIGIN, sales=30.0)
        for name in ("W1", "W2")
    )
    session.add_all(
        LotRow(lot_id=f"counted-{name}", warehouse_id=name, product_id="saffron", received_at=ORIGIN, known_at=ORIGIN,
               counted_at=ORIGIN, quantity_received=Decimal(9), quantity_on_hand=Decimal(9))
        for name in ("W1", "W2")
    )  # fmt: skip


def _renewed(row: ForecastRow, origin: datetime) -> ForecastRow:
    values = {column.name: getattr(row, column.name) for column in ForecastRow.__table__.columns}
    return ForecastRow(**values | {"origin": origin})


def _plan(plan_id: str, status: PlanStatus, delivery_date: date, warehouses: tuple[str, ...]) -> PurchasePlanRow:
    plan = PurchasePlanRow(plan_id=plan_id, delivery_date=delivery_date, origin=ORIGIN, status=status, created_at=NOW,
                           created_by="Li Na")  # fmt: skip
    plan.lines = [
        PlanLineRow(line_no=number, warehouse_id=warehouse, product_id="milk", supplier_id="F2", offer_id="O-milk",
                    covers_from=delivery_date, covers_until=delivery_date, forecast_mean=40.0, forecast_q10=24.0,
                    forecast_q50=40.0, forecast_q90=56.0, usable_stock=Decimal(0), on_order=Decimal(0),
                    pack_size=Decimal(10), planned_quantity=Decimal(40), quantity=Decimal(40),
                    unit_price=Decimal("7.5"), expected_shortage=0.0, expected_waste=0.0, reasons=[])
        for number, warehouse in enumerate(warehouses, start=1)
    ]  # fmt: skip
    plan.warehouses = [
        PlanWarehouseRow(warehouse_id=name, order_date=delivery_date - timedelta(days=1),
                         open=status == PlanStatus.DRAFT)
        for name in warehouses
    ]  # fmt: skip
    return plan


def _alarm(alarm_id: str, began: datetime, ended: datetime | None) -> AlarmRow:
    return AlarmRow(alarm_id=alarm_id, sensor_id="S1", zone_id="Z1", warehouse_id="W1", kind="too_warm",
                    began_at=began, raised_at=began, limit_c=4.0, worst_c=7.5, ended_at=ended)  # fmt: skip
