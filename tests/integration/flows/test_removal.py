"""Warehouses are removed with all that belongs to them, and nothing that belongs to others."""

from io import StringIO

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import (
    ApiKeyRow,
    AuditEntryRow,
    Base,
    DailySalesRow,
    EventNumbersRow,
    LimitRow,
    OfferRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    ReadingRow,
    RecordToSealRow,
    Role,
    SensorRow,
    SensorStateRow,
    WarehouseRow,
)
from flows.access.keys import create_key
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW
from tests.integration.flows.shell import Shell


@pytest.fixture
def lived_in(shop: Engine) -> Engine:
    """The shop with an approved plan over both warehouses, a draft for each, sales, and a sensor with its readings."""
    with writing(shop) as session:
        create_key(session, "planning sheet", Role.BUYER, NOW)
    for warehouses in (["W1", "W2"], ["W1"], ["W2"]):
        plan_id = make_purchase_plan(shop, warehouses, NOW, "Li Na", asked_for=TOMORROW)
        if len(warehouses) == 2:
            approve_plan(shop, plan_id, NOW, "Li Na")
    with writing(shop) as session:
        session.add_all(
            DailySalesRow(warehouse_id=name, product_id="milk", date=TODAY, known_at=ORIGIN, sales=3.0)
            for name in ("W1", "W2")
        )
        session.add(LimitRow(zone_id="W1-leaf", valid_from=ORIGIN, high_c=4.0))
        session.add(SensorRow(sensor_id="T1", zone_id="W1-leaf", name="by the door"))
        session.flush()
        session.add(SensorStateRow(sensor_id="T1", state={}))
        session.add(ReadingRow(sensor_id="T1", taken_at=ORIGIN, temperature_c=3.0, known_at=ORIGIN))
        # the trace of a sensor that was taken down is nobody's and stays
        session.add(ReadingRow(sensor_id="gone", taken_at=ORIGIN, temperature_c=3.0, known_at=ORIGIN))
    return shop


def test_a_warehouse_goes_with_everything_of_its_own(freshfront: Shell, lived_in: Engine) -> None:
    with reading(lived_in) as session:
        of_w2 = rows_by_warehouse(session, "W2")
        assert rows_by_warehouse(session, "W1")

    assert freshfront("db", "remove", "W1", "--yes") == 0

    with reading(lived_in) as session:
        assert rows_by_warehouse(session, "W1") == {}
        assert rows_by_warehouse(session, "W2") == of_w2
        for table in (LimitRow, SensorRow, SensorStateRow):
            assert count(session, table) == 0
        assert list(session.scalars(select(ReadingRow.sensor_id))) == ["gone"]
        kept_orders = set(session.scalars(select(PurchaseOrderRow.purchase_order_id)))
        assert set(session.scalars(select(PurchaseOrderLineRow.purchase_order_id))) == kept_orders
        assert count(session, PurchasePlanRow) == 2  # the one for both, and that of W2
        assert set(session.scalars(select(PlanLineRow.plan_id))) == set(
            session.scalars(select(PurchasePlanRow.plan_id))
        )
        assert (count(session, ProductRow), count(session, OfferRow), count(session, ApiKeyRow)) == (3, 2, 1)


def test_a_region_is_removed_by_its_city(freshfront: Shell, lived_in: Engine) -> None:
    with writing(lived_in) as session:
        session.add(WarehouseRow(warehouse_id="W3", name="W3", city="city 6", timezone="Asia/Shanghai"))

    assert freshfront("db", "remove", "--cities", "Suzhou", "--yes") == 2
    assert "'Suzhou'" in freshfront.err
    assert freshfront("db", "remove", "--cities", "6, Hangzhou", "--yes") == 0
    with reading(lived_in) as session:
        assert count(session, WarehouseRow) == 0
        assert count(session, ProductRow) == 3


def test_all_leaves_an_empty_database_with_its_keys(freshfront: Shell, lived_in: Engine) -> None:
    assert freshfront("db", "remove", "--all", "--yes") == 0

    with reading(lived_in) as session:
        left = {mapper.class_: count(session, mapper.class_) for mapper in Base.registry.mappers}
    assert left.pop(AuditEntryRow) > 0
    assert left.pop(RecordToSealRow) > 0, "the entry of the removal is to be sealed"
    assert {row: number for row, number in left.items() if number} == {ApiKeyRow: 1, EventNumbersRow: 1}


def test_nothing_is_removed_without_a_yes(freshfront: Shell, lived_in: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as somebody:
        somebody.setattr("typer.confirm", lambda *_, **__: False)
        assert freshfront("db", "remove", "W1") == 2
    assert "Nothing was removed" in freshfront.err
    assert "--yes" not in freshfront.err
    monkeypatch.setattr("sys.stdin", StringIO())  # nobody is there
    assert freshfront("db", "remove", "W1") == 2
    assert "Nothing was removed. Nobody answered: --yes does it without asking." in freshfront.err
    assert freshfront("db", "remove", "W1", "W7", "--yes") == 2
    assert "'W7'" in freshfront.err
    with reading(lived_in) as session:
        assert count(session, WarehouseRow) == 2


def rows_by_warehouse(session: Session, warehouse_id: str) -> dict[str, int]:
    """How many rows of each table name the warehouse, of the tables that have any."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if "warehouse_id" in table.columns:
            query = select(func.count()).select_from(table).where(table.columns["warehouse_id"] == warehouse_id)
            found[table.name] = session.scalar(query)
    return {name: number for name, number in found.items() if number}


def count(session: Session, row: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0
