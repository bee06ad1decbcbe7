"""Warehouses removed with all that belongs to them, in the caller's transaction.

What belongs to a warehouse follows from the tables: its rows name the warehouse, or a row that does (a zone, a sensor,
an order), by a foreign key or, in the large tables that have none, by a column of the same name.
"""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, CursorResult, Table, delete, select, true
from sqlalchemy.orm import Session, aliased

from data.tables import (
    AnsweredRequestRow,
    ApiKeyRow,
    Base,
    DemandModelRow,
    PlanLineRow,
    PurchasePlanRow,
    WarehouseRow,
    WebhookDeliveryRow,
    WebhookRow,
)

PLANS, MODELS = cast(Table, PurchasePlanRow.__table__), cast(Table, DemandModelRow.__table__)
# of the installation and not of a region
STAY = {row.__tablename__ for row in (ApiKeyRow, AnsweredRequestRow, WebhookRow, WebhookDeliveryRow)}


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
        belongs = _belongs(table, warehouse_ids)
        if belongs is not None:
            rows[table.name] = _deleted(session, table, belongs)
    rows[PurchasePlanRow.__tablename__] = _delete_unused_plans(session, plans)
    rows[DemandModelRow.__tablename__] += _delete_unused_region_models(session, region_models)
    return {name: count for name, count in rows.items() if count}


def remove_everything(session: Session) -> dict[str, int]:
    """Empties every table but those of the installation: keys and webhooks; rows removed by table, those with any."""
    rows = {table.name: _deleted(session, table, true()) for table in _children_first() if table.name not in STAY}
    return {name: count for name, count in rows.items() if count}


def _children_first() -> list[Table]:
    """Every table before those that its rows refer to; first the ones that refer without a foreign key."""
    tables = list(reversed(Base.metadata.sorted_tables))
    return sorted(tables, key=lambda table: bool(table.foreign_keys) or _owner(table) is None)


def _belongs(table: Table, warehouse_ids: Sequence[str]) -> ColumnElement[bool] | None:
    """Which rows of a table belong to the warehouses, None where none can."""
    if "warehouse_id" in table.columns:
        return table.columns["warehouse_id"].in_(warehouse_ids)
    owner = _owner(table)
    if owner is None or (of_owner := _belongs(owner.table, warehouse_ids)) is None:
        return None
    return table.columns[owner.name].in_(select(owner).where(of_owner))


def _owner(table: Table) -> Column[Any] | None:
    """The id of the zone, sensor or order that a row without a warehouse_id is part of; None where it is of none."""
    if "warehouse_id" in table.columns:
        return None
    for parent in Base.metadata.sorted_tables:
        key = list(parent.primary_key.columns)
        alone = len(key) == 1 and not key[0].foreign_keys and parent is not table and parent.name not in STAY
        if alone and key[0].name in table.columns and _belongs(parent, []) is not None:
            return key[0]
    return None


def _deleted(session: Session, table: Table, which: ColumnElement[bool]) -> int:
    return cast(CursorResult[Any], session.execute(delete(table).where(which))).rowcount


def _delete_unused_plans(session: Session, plan_ids: Collection[str]) -> int:
    has_lines = select(PlanLineRow.plan_id).where(PlanLineRow.plan_id == PurchasePlanRow.plan_id).exists()
    return _deleted(session, PLANS, PurchasePlanRow.plan_id.in_(plan_ids) & ~has_lines)


def _delete_unused_region_models(session: Session, model_ids: Collection[str | None]) -> int:
    others = aliased(DemandModelRow)
    has_models = select(others.model_id).where(others.region_model_id == DemandModelRow.model_id).exists()
    return _deleted(session, MODELS, DemandModelRow.model_id.in_(model_ids) & ~has_models)
