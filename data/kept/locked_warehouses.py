"""Warehouses of which the orders or the stock are about to change: who changes them comes one after the other."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from data.tables import WarehouseRow


def lock_warehouses(connection: Connection, warehouse_ids: Collection[str]) -> set[str]:
    """Locks warehouses until the transaction ends, in one order so that nobody waits in a circle; returns those that
    are there. SQLite has one writer and needs no lock. Rows that only refer to a warehouse may still be written."""
    query = select(WarehouseRow.warehouse_id).where(WarehouseRow.warehouse_id.in_(warehouse_ids))
    return set(connection.execute(query.order_by(WarehouseRow.warehouse_id).with_for_update(key_share=True)).scalars())
