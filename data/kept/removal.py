"""Warehouses removed with all that belongs to them, in the caller's transaction."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, true
from sqlalchemy.orm import Session, aliased

from data.kept.event_numbers import keep_pruned_up_to, next_event_number
from data.kept.worth_days import add_up_again
from data.records.noting import note_removed
from data.rows_of_warehouses import INSTALLATION, owner_of, rows_of
from data.tables import (
    ActuatorRow,
    Base,
    DemandModelRow,
    LineDayRow,
    Named,
    NameRow,
    PlanLineRow,
    PurchasePlanRow,
    SensorRow,
    WarehouseRow,
    ZoneRow,
)

PLANS, MODELS = cast(Table, PurchasePlanRow.__table__), cast(Table, DemandModelRow.__table__)
NAMES = cast(Table, NameRow.__table__)
NAMED: Sequence[type[Named]] = (WarehouseRow, ZoneRow, SensorRow, ActuatorRow)  # what goes with its warehouse


def all_warehouses(session: Session) -> list[str]:
    """Every warehouse's id, in order."""
    return list(session.scalars(select(WarehouseRow.warehouse_id).order_by(WarehouseRow.warehouse_id)))


def remove_warehouses(session: Session, warehouse_ids: Sequence[str]) -> dict[str, int]:
    """Removes warehouses and their rows of every table; rows removed by table, those with any.

    Plans that had lines for these warehouses alone go with them, and so do region models on which no other
    warehouse's model stands. What other warehouses use too stays: products, suppliers, offers."""
    plans = set(session.scalars(select(PlanLineRow.plan_id).where(PlanLineRow.warehouse_id.in_(warehouse_ids))))
    models = DemandModelRow.warehouse_id.in_(warehouse_ids)
    region_models = set(session.scalars(select(DemandModelRow.region_model_id).where(models))) - {None}
    rows: dict[str, int] = {}
    for table in _children_first():
        belongs = rows_of(table, warehouse_ids)
        if belongs is not None:
            rows[table.name] = _deleted(session, table, belongs)
    rows[NAMES.name] = sum(_delete_names_of_what_is_gone(session, row) for row in NAMED)
    if rows[LineDayRow.__tablename__]:
        add_up_again(session)
    rows[PurchasePlanRow.__tablename__] = _delete_unused_plans(session, plans)
    rows[DemandModelRow.__tablename__] += _delete_unused_region_models(session, region_models)
    return {name: count for name, count in rows.items() if count}


def remove_everything(session: Session) -> dict[str, int]:
    """Empties every table but those of the installation: keys and webhooks; rows removed by table, those with any."""
    keep_pruned_up_to(session.connection(), next_event_number(session) - 1)
    region = [table for table in _children_first() if table.name not in INSTALLATION]
    rows = {table.name: _deleted(session, table, true()) for table in region}
    return {name: count for name, count in rows.items() if count}


def _children_first() -> list[Table]:
    """Every table before those that its rows refer to; first the ones that refer without a foreign key."""
    tables = list(reversed(Base.metadata.sorted_tables))
    return sorted(tables, key=lambda table: bool(table.foreign_keys) or owner_of(table) is None)


def _deleted(session: Session, table: Table, which: ColumnElement[bool]) -> int:
    note_removed(session.connection(), table, which)  # from the record: nobody is to take it for a loss
    return cast(CursorResult[Any], session.execute(delete(table).where(which))).rowcount


def _delete_names_of_what_is_gone(session: Session, row: type[Named]) -> int:
    there = select(getattr(row, row.ID))
    return _deleted(session, NAMES, (NameRow.kind == row.NAMES_OF) & NameRow.id.not_in(there))


def _delete_unused_plans(session: Session, plan_ids: Collection[str]) -> int:
    has_lines = select(PlanLineRow.plan_id).where(PlanLineRow.plan_id == PurchasePlanRow.plan_id).exists()
    return _deleted(session, PLANS, PurchasePlanRow.plan_id.in_(plan_ids) & ~has_lines)


def _delete_unused_region_models(session: Session, model_ids: Collection[str | None]) -> int:
    others = aliased(DemandModelRow)
    has_models = select(others.model_id).where(others.region_model_id == DemandModelRow.model_id).exists()
    return _deleted(session, MODELS, DemandModelRow.model_id.in_(model_ids) & ~has_models)
