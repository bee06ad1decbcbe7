"""A session of some warehouses sees their rows and those of none, however it asks."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, func, literal, select, table, text, true
from sqlalchemy.orm import Session, aliased

from data.database import reading, writing
from data.own_warehouses import own_warehouses, see_only, seen_rows
from data.tables import (
    Band,
    Base,
    ForecastRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PurchasePlanRow,
    ReadingRow,
    SensorRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
# of no warehouse, or of the installation; a new table belongs here, or to a warehouse by its columns
OF_NO_WAREHOUSE = {
    "account_languages",
    "answered_requests", "api_keys", "audit_entries", "day_runs", "delivery_attempts", "event_numbers", "notifier",
    "offer_tiers", "offers", "payload_mappings", "products", "promotion_effects", "purchase_order_numbers",
    "category_terms", "names", "quarantined_messages",
    "shelf_life_classes", "supplier_closures", "supplier_terms", "suppliers", "webhook_deliveries", "webhooks",
    "product_days", "supplier_weeks_together", "figure_targets", "trials", "trial_looks",
    "readings_sealed", "record_chain", "record_seals", "records_to_seal",
}  # fmt: skip


@pytest.fixture
def two(engine: Engine) -> Engine:
    """A and B, alike; a plan each and one of both."""
    with writing(engine) as session:
        session.add(ProductRow(product_id="milk", name="milk", category="c", band=Band.CHILLED, unit=Unit.PIECE))
        for name in "AB":
            session.add(WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai"))
            session.flush()
            quantiles = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"), 1.0)
            session.add(ForecastRow(warehouse_id=name, product_id="milk", date=date(2026, 3, 3), origin=NOW,
                                    model="test", **quantiles))  # fmt: skip
            session.add(ZoneRow(zone_id=f"zone {name}", warehouse_id=name, name=name, band=Band.CHILLED, x_m=0, y_m=0,
                                width_m=1, depth_m=1))  # fmt: skip
            session.flush()
            session.add(SensorRow(sensor_id=f"sensor {name}", zone_id=f"zone {name}", name=name))
            session.flush()
            session.add(ReadingRow(sensor_id=f"sensor {name}", taken_at=NOW, temperature_c=3.0, known_at=NOW))
        session.add_all(_plan(names) for names in ("A", "B", "AB"))
    return engine


def _plan(names: str) -> PurchasePlanRow:
    plan = PurchasePlanRow(plan_id=names, delivery_date=date(2026, 3, 3), origin=NOW, status=PlanStatus.APPROVED,
                           created_at=NOW, created_by="x")  # fmt: skip
    plan.warehouses = [PlanWarehouseRow(warehouse_id=name, order_date=date(2026, 3, 2), open=False) for name in names]
    return plan


def test_every_table_belongs_to_warehouses_or_is_known_not_to() -> None:
    nobody_s = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if seen_rows(mapper.class_, frozenset("A")) is None
    }
    assert nobody_s == OF_NO_WAREHOUSE


def test_whatever_is_asked_only_one_s_own_is_seen(two: Engine) -> None:
    def asked(session: Session) -> dict[str, object]:
        forecast, sensor, plan = aliased(ForecastRow), aliased(SensorRow), aliased(PurchasePlanRow)
        of_b = select(ForecastRow.date).where(ForecastRow.warehouse_id == "B").exists()
        last = select(func.max(ForecastRow.warehouse_id)).scalar_subquery()
        both = select(ForecastRow.warehouse_id).union_all(select(ZoneRow.warehouse_id))
        shared = session.get(PurchasePlanRow, "AB")
        assert shared is not None
        return {
            "rows": session.scalars(select(WarehouseRow.warehouse_id)).all(),
            "by key": session.get(WarehouseRow, "B"),
            "owned by a zone": session.scalars(select(ReadingRow.sensor_id)).all(),
            "counted": session.scalar(select(func.count()).select_from(ForecastRow)),
            "under another name": session.scalars(select(forecast.warehouse_id)).all(),
            "owned, under another name": session.scalars(select(sensor.sensor_id)).all(),
            "plans": set(session.scalars(select(plan.plan_id))),
            "parts of a plan": [part.warehouse_id for part in shared.warehouses],
            "in a subquery": session.scalars(select(select(ForecastRow.warehouse_id).subquery())).all(),
            "in a common expression": session.scalars(select(select(ForecastRow.warehouse_id).cte())).all(),
            "as a value": session.scalars(select(last)).all(),
            "by existence": session.scalars(select(ProductRow.product_id).where(of_b)).all(),
            "as a member": session.scalar(select(literal("B").in_(select(ForecastRow.warehouse_id)))),
            "joined": session.scalars(select(ZoneRow.warehouse_id).select_from(ProductRow).join(ZoneRow, true())).all(),
            "together": session.scalars(both).all(),
        }

    with reading(two) as session:
        see_only(session, lambda: frozenset("A"))
        assert own_warehouses(session) == {"A"}
        assert asked(session) == {
            "rows": ["A"], "by key": None, "owned by a zone": ["sensor A"], "counted": 1, "under another name": ["A"],
            "owned, under another name": ["sensor A"], "plans": {"A", "AB"}, "parts of a plan": ["A"],
            "in a subquery": ["A"], "in a common expression": ["A"], "as a value": ["A"], "by existence": [],
            "as a member": False, "joined": ["A"], "together": ["A", "A"],
        }  # fmt: skip
    with reading(two) as session:
        see_only(session, lambda: None)
        assert set(session.scalars(select(WarehouseRow.warehouse_id))) == {"A", "B"}
    with reading(two) as session:
        see_only(session, frozenset)
        assert session.scalars(select(PurchasePlanRow.plan_id)).all() == []


def test_what_cannot_be_held_to_one_s_own_is_not_asked(two: Engine) -> None:
    with reading(two) as session:
        see_only(session, lambda: frozenset("A"))
        for past in (text("SELECT warehouse_id FROM warehouses"), select(literal(1)).select_from(table("warehouses"))):
            with pytest.raises(RuntimeError, match="past the mapped classes"):
                session.execute(past)
