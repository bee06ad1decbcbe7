"""Warehouses of which the orders or the stock are about to change: who changes them comes one after the other."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from data.tables import WarehouseRow


def lock_warehouses(connection: Connection, warehouse_ids: Collection[str]) -> set[str]:
    """Locks the rows of warehouses to the end of the transaction, in one order so that nobody waits in a circle;
    returns those that are there. SQLite, which has one writer, locks nothing more."""
    query = select(WarehouseRow.warehouse_id).where(WarehouseRow.warehouse_id.in_(warehouse_ids))
    return set(connection.execute(query.order_by(WarehouseRow.warehouse_id).with_for_update()).scalars())
