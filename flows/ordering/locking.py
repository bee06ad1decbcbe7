"""Lets those who change a warehouse's purchase orders or stock at the same time come one after the other."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import WarehouseRow
from flows.errors import Unknown


def lock_warehouses(session: Session, warehouse_ids: Iterable[str]) -> dict[str, WarehouseRow]:
    """Locks warehouses until the transaction ends, always in the same order, so that no two can wait for each other;
    returns them by id. On SQLite nothing is to be done: whoever writes there comes alone. Sales and readings may
    still be written for a locked warehouse. Raises Unknown for an id that there is not."""
    wanted = sorted(set(warehouse_ids))
    query = select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(wanted)).order_by(WarehouseRow.warehouse_id)
    found = {row.warehouse_id: row for row in session.scalars(query.with_for_update(key_share=True))}
    if missing := [warehouse_id for warehouse_id in wanted if warehouse_id not in found]:
        raise Unknown(f"Warehouse {missing[0]!r} was not found.", field="warehouse_id")
    return found
