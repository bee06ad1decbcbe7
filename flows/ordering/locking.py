"""Warehouses whose purchase orders or stock a step is about to change, locked and at hand."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept import locked_warehouses
from data.tables import WarehouseRow
from flows.errors import Unknown


def lock_warehouses(session: Session, warehouse_ids: Iterable[str]) -> dict[str, WarehouseRow]:
    """Locks warehouses until the transaction ends and returns them by id. Raises Unknown for an id that there is
    not."""
    wanted = sorted(set(warehouse_ids))
    there = locked_warehouses.lock_warehouses(session.connection(), wanted)
    if missing := [warehouse_id for warehouse_id in wanted if warehouse_id not in there]:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=missing[0], field="warehouse_id")
    rows = session.scalars(select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(wanted)))
    return {row.warehouse_id: row for row in rows}
