"""`freshfront plan` and `coldchain` on a database of both kinds: what they print is what the tables hold."""

import csv
import json
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, delete, select

from data.database import reading, writing
from data.tables import (
    AlarmRow,
    DailySalesRow,
    ForecastRow,
    PlanLineRow,
    PurchaseOrderRow,
    SensorRow,
    SilentProductRow,
)
from flows.commands.shell import moment
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW
from tests.integration.flows.shell import Shell


def test_a_plan_says_how_many_lines_it_asks_about(freshfront: Shell, shop: Engine) -> None:
    with writing(shop) as session:
        for ago in range(1, 60):  # milk has sold nothing for three weeks, and nobody said whether it was in stock
            day = TODAY - timedelta(days=ago)
            for product_id, sold in (("spinach", 20.0), ("milk", 20.0 if ago > 21 else 0.0)):
                row = DailySalesRow(warehouse_id="W2", product_id=product_id, date=day, sales=sold, known_at=ORIGIN)
                session.add(row)
        silent = {"last_sold_on": TODAY - timedelta(days=22), "silent_days": 21, "probability": 0.0, "ended": True}
        session.add(SilentProductRow(warehouse_id="W2", product_id="milk", origin=ORIGIN, **silent))
    plan_id = make_purchase_plan(shop, ["W2"], NOW, "Li Na", asked_for=TOMORROW)

    assert freshfront("plan", "show", plan_id) == 0

    assert "1 line to look at: 1 zeros may be stock outs." in freshfront.out
    assert freshfront("plan", "show", plan_id, "--json") == 0
    assert json.loads(freshfront.out)["asked_about"] == {"zeros_may_be_stock_outs": 1}
    assert "zeros_may_be_stock_outs" not in json.loads(freshfront.out)["not_ordered"]


def test_a_plan_is_shown_approved_and_exported(
    freshfront: Shell, shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = make_purchase_plan(shop, ["W1", "W2"], NOW, "Li Na", asked_for=TOMORROW)
    with reading(shop) as session:
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.quantity > 0)).all()
        cost = sum((line.quantity * (line.unit_price or 0) for line in lines), Decimal(0))

    assert freshfront("plan", "show", plan_id) == 0
    assert f"is a draft: {len(lines)} lines to buy from " in freshfront.out
    assert f"for 2 warehouses, {cost:,.2f} CNY in all" in freshfront.out
    assert "2 lines could not be ordered: 2 no offer." in freshfront.out  # saffron, in both
    assert "saffron" not in freshfront.out.splitlines()[-1]
    assert freshfront("plan", "show", plan_id, "--all", "--json") == 0
    shown = json.loads(freshfront.out)
    assert {line["product_id"] for line in shown["lines"]} == {"spinach", "milk", "saffron"}
    assert shown["not_ordered"] == {"no_offer": 2}
    assert sum(Decimal(supplier["cost"]) for supplier in shown["suppliers"]) == cost

    assert freshfront("plan", "export", plan_id, "--out", str(tmp_path / "new" / "plan.csv")) == 0
    with (tmp_path / "new" / "plan.csv").open(encoding="utf-8-sig") as file:
        exported = list(csv.DictReader(file))
    assert len(exported) == len(shown["lines"])
    assert sum(Decimal(line["cost"] or 0) for line in exported) == cost
    assert freshfront("plan", "export", plan_id, "--out", str(tmp_path / "plan.xlsx")) == 0
    assert load_workbook(tmp_path / "plan.xlsx").active["A1"].value == "Line"
    assert freshfront("plan", "export", plan_id, "--out", str(tmp_path / "plan.pdf")) == 2
    assert ".csv, .xlsx" in freshfront.err

    assert freshfront("plan", "approve", plan_id) == 2  # the day of delivery is over
    assert "has passed" in freshfront.err
    monkeypatch.setattr(moment, "datetime", Clock)
    assert freshfront("plan", "approve", plan_id, "--json") == 0
    orders = json.loads(freshfront.out)["purchase_order_ids"]
    assert freshfront("plan", "approve", plan_id, "--json") == 0  # once more is the same
    assert json.loads(freshfront.out)["purchase_order_ids"] == orders
    with reading(shop) as session:
        assert sorted(session.scalars(select(PurchaseOrderRow.purchase_order_id))) == sorted(orders)
    for command in ("show", "approve"):
        assert freshfront("plan", command, "none") == 2
        assert "Purchase plan none was not found" in freshfront.err


class Clock(datetime):
    """Stands at the moment for which the shop's plan is made."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return cls.fromtimestamp(NOW.timestamp(), tz)


def test_active_alarms_are_listed_and_ended_ones_are_not(freshfront: Shell, shop: Engine) -> None:
    with writing(shop) as session:
        session.add(SensorRow(sensor_id="T1", zone_id="W1-leaf", name="by the door"))
        session.flush()
        seen = {"sensor_id": "T1", "zone_id": "W1-leaf", "warehouse_id": "W1", "kind": "too_warm", "limit_c": 4.0}
        for number, ended_at in enumerate((None, NOW)):
            began_at = NOW - timedelta(hours=2 + number)
            moments = {"began_at": began_at, "raised_at": began_at + timedelta(minutes=30), "ended_at": ended_at}
            session.add(AlarmRow(alarm_id=f"al_{number}", worst_c=7.5, **seen, **moments))

    assert freshfront("coldchain", "alarms") == 0
    assert freshfront.out.splitlines() == ["W1 W1-leaf T1  too warm  since 2026-03-02 00:00 UTC  7.5 °C, limit 4.0 °C"]
    assert freshfront("coldchain", "alarms", "-w", "W2", "--json") == 0
    assert json.loads(freshfront.out) == []


def test_a_plan_made_without_one_of_its_warehouses_prints_why_and_exits_with_three(
    freshfront: Shell, shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(shop) as session:
        session.execute(delete(ForecastRow).where(ForecastRow.warehouse_id == "W1"))
        session.add_all(
            DailySalesRow(warehouse_id=name, product_id="milk", date=TODAY - timedelta(days=2), sales=9.0,
                          known_at=ORIGIN)
            for name in ("W1", "W2")
        )  # fmt: skip
    monkeypatch.setattr(moment, "datetime", Clock)

    assert freshfront("plan", "make") == 3

    assert "is a draft" in freshfront.out
    assert "for 2026-03-03" in freshfront.out, "tomorrow, though sales end the day before yesterday"
    assert "Sales are known up to 2026-02-28 (W2)" in freshfront.out
    assert "No stock is known (W2)" in freshfront.out
    assert "failed: W1: Warehouse W1 has no forecast that reaches 2026-03-03" in freshfront.err
